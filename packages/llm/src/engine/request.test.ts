import type { InferenceRequest } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { checkRequest } from './request.js';

const check = (request: unknown) => checkRequest(request as InferenceRequest);

describe('checkRequest', () => {
  it('fills in what is left out: the model’s recommendation, else the defaults of SamplingParams', () => {
    expect(checkRequest({ prompt: 'Hi' })).toMatchObject({ temperature: 1, topP: 1, stopSequences: [], metadata: {} });
    const recommended = { temperature: 0.2, topP: 0.9, topK: 40 };
    expect(checkRequest({ prompt: 'Hi', sampling: { topP: 1 } }, recommended)).toMatchObject({
      temperature: 0.2,
      topP: 1,
      topK: 40,
    });
  });

  it('gives every request its own id and seed', () => {
    const [a, b] = [check({ prompt: 'Hi' }), check({ prompt: 'Hi' })];
    expect(a.id).not.toBe(b.id);
    expect(a.seed).not.toBe(b.seed);
  });

  it('takes an explicit undefined for a missing field', () => {
    expect(() => check({ prompt: 'Hi', messages: undefined, sampling: { topK: undefined } })).not.toThrow();
  });

  it.each([
    ['no input', {}, 'prompt'],
    ['both inputs', { prompt: 'a', messages: [{ role: 'user', content: 'b' }] }, 'prompt'],
    ['an empty prompt', { prompt: '' }, 'prompt'],
    ['no messages', { messages: [] }, 'messages'],
    ['an unknown role', { messages: [{ role: 'wizard', content: 'b' }] }, 'messages.0.role'],
    ['raw with messages', { messages: [{ role: 'user', content: 'b' }], raw: true }, 'raw'],
    ['a negative temperature', { prompt: 'a', sampling: { temperature: -1 } }, 'sampling.temperature'],
    ['a temperature that is no number', { prompt: 'a', sampling: { temperature: Number.NaN } }, 'sampling.temperature'],
    ['topP 0', { prompt: 'a', sampling: { topP: 0 } }, 'sampling.topP'],
    ['topP above 1', { prompt: 'a', sampling: { topP: 1.5 } }, 'sampling.topP'],
    ['topK 0', { prompt: 'a', sampling: { topK: 0 } }, 'sampling.topK'],
    ['no new tokens', { prompt: 'a', sampling: { maxTokens: 0 } }, 'sampling.maxTokens'],
    ['half a token', { prompt: 'a', sampling: { maxTokens: 1.5 } }, 'sampling.maxTokens'],
    ['a negative seed', { prompt: 'a', sampling: { seed: -1 } }, 'sampling.seed'],
    ['an empty stop sequence', { prompt: 'a', sampling: { stopSequences: [''] } }, 'sampling.stopSequences.0'],
    ['an unknown field', { prompt: 'a', temprature: 1 }, ''],
  ])('refuses %s', (_name, request, parameter) => {
    expect(() => check(request)).toThrow(
      expect.objectContaining({ code: 'RequestValidation', details: { parameter } }),
    );
  });

  it.each([
    ['sampling it lacks', { prompt: 'a', sampling: { minP: 0.1 } }, 'sampling.minP'],
    ['a penalty it lacks', { prompt: 'a', sampling: { repetitionPenalty: 1.1 } }, 'sampling.repetitionPenalty'],
    [
      'a format it lacks',
      { prompt: 'a', sampling: { responseFormat: { type: 'json_object' } } },
      'sampling.responseFormat',
    ],
    ['a priority it lacks', { prompt: 'a', priority: 'high' }, 'priority'],
    ['a client it does not tell apart', { prompt: 'a', clientId: 'me' }, 'clientId'],
    ['a session it does not keep', { prompt: 'a', sessionId: 'mine' }, 'sessionId'],
  ])('says that it does not support %s', (_name, request, parameter) => {
    expect(() => check(request)).toThrow(expect.objectContaining({ code: 'Unsupported', details: { parameter } }));
  });

  it('accepts penalties at the value that turns them off', () => {
    expect(() => check({ prompt: 'a', sampling: { repetitionPenalty: 1, presencePenalty: 0 } })).not.toThrow();
  });
});
