import type { InferenceRequest } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { checkRequest, type RequestRules } from './request.js';
import { seedOf } from './sampling/evaluate-options.js';

const rules: RequestRules = { vocabularySize: 100, isEndOfGeneration: (token) => token === 2 };
const checkSampling = (sampling: object) => checkRequest({ prompt: 'Hi', sampling } as InferenceRequest, rules);

describe('a request', () => {
  it.each<[string, object]>([
    ['tfs', { tfs: 0.9 }],
    ['typicalP', { typicalP: 0.9 }],
    ['mirostat', { mirostat: { mode: 2, tau: 5, eta: 0.1 } }],
    ['dry', { dry: { multiplier: 0.8 } }],
    ['forcedTokens', { forcedTokens: [1] }],
    ['minTokens', { minTokens: 3 }],
    ['logprobs', { logprobs: true }],
    ['topLogprobs', { topLogprobs: 2 }],
    ['bestOf', { n: 2, bestOf: 3 }],
    ['echo', { echo: true }],
    ['presencePenalty', { repetitionPenalty: 1.1, presencePenalty: 1 }],
    ['frequencyPenalty', { repetitionPenalty: 1.1, frequencyPenalty: 1 }],
    ['logitBias', { logitBias: { 2: -1 } }],
    ['bannedTokens', { bannedTokens: [1, 2] }],
    ['responseFormat', { responseFormat: { type: 'grammar', grammar: 'root ::= "yes"' } }],
    ['responseFormat', { responseFormat: { type: 'regex', pattern: 'a+' } }],
    ['responseFormat', { responseFormat: { type: 'choice', choices: ['yes', 'no'] } }],
  ])('is refused for %s, which llama.cpp cannot honour', (field, sampling) => {
    expect(() => checkSampling(sampling)).toThrow(
      expect.objectContaining({ code: 'Unsupported', details: { parameter: `sampling.${field}` } }),
    );
  });

  const turn = { role: 'user', content: 'Hi' };
  it.each<[string, object]>([
    ['tools', { tools: [{ name: 'look' }] }],
    ['toolChoice', { toolChoice: 'auto' }],
    ['parallelToolCalls', { parallelToolCalls: false }],
    ['toolCallFormat', { toolCallFormat: 'hermes' }],
    ['templateVariables', { templateVariables: { enable_thinking: false } }],
    ['reasoning', { reasoning: { effort: 'low' } }],
    ['adapter', { adapter: 'poet' }],
    ['sessionId', { sessionId: 'mine' }],
    [
      'messages.1',
      { messages: [turn, { role: 'assistant', content: '', toolCalls: [{ id: '1', name: 'look', arguments: '{}' }] }] },
    ],
    ['messages.1', { messages: [turn, { role: 'tool', content: '7', toolCallId: '1' }] }],
  ])('is refused for %s, which this engine does not do', (parameter, fields) => {
    const request = { messages: [turn], ...fields } as InferenceRequest;
    expect(() => checkRequest(request, rules)).toThrow(
      expect.objectContaining({ code: 'Unsupported', details: { parameter } }),
    );
  });

  it('may say that it wants none of that', () => {
    const none = {
      tfs: 1,
      typicalP: 1,
      dry: { multiplier: 0 },
      forcedTokens: [],
      minTokens: 0,
      logprobs: false,
      echo: false,
    };
    expect(checkSampling({ ...none, n: 2, bestOf: 2, topLogprobs: 0 }).n).toBe(2);
  });

  it.each<[string, object]>([
    ['prompt', {}],
    ['prompt', { prompt: '' }],
    ['prompt', { prompt: 'Hi', messages: [{ role: 'user', content: 'Hi' }] }],
    ['prompt', { prompt: [1, 100] }],
    ['raw', { prompt: [1], raw: false }],
    ['messages.0.role', { messages: [{ role: 'wizard', content: 'Hi' }] }],
    ['preset', { prompt: 'Hi', preset: 'nonesuch' }],
    ['nonsense', { prompt: 'Hi', nonsense: 1 }],
    ['sampling.temperature', { prompt: 'Hi', sampling: { temperature: -1 } }],
    ['sampling.stopTokens', { prompt: 'Hi', sampling: { stopTokens: [100] } }],
    ['sampling.ignoreEos', { prompt: 'Hi', sampling: { ignoreEos: true, responseFormat: { type: 'json_object' } } }],
  ])('is refused for a wrong %s', (parameter, request) => {
    expect(() => checkRequest(request as InferenceRequest, rules)).toThrow(
      expect.objectContaining({ code: 'RequestValidation', details: { parameter } }),
    );
  });

  it('takes what it leaves out from its preset, then from the model', () => {
    const recommended = { temperature: 0.2, topP: 0.9, topK: 7 };
    const request = { prompt: 'Hi', preset: 'precise', sampling: { topK: 3 } };
    expect(checkRequest(request, { ...rules, recommended }).sampling).toMatchObject({
      temperature: 0.3,
      topP: 0.95,
      topK: 3,
      repetitionPenalty: 1.05,
    });
  });

  it('ends at its time-out or deadline, whichever comes first', () => {
    const deadline = new Date(Date.now() + 60_000);
    expect(checkRequest({ prompt: 'Hi', timeoutMs: 5, deadline }, rules).timeoutMs).toBe(5);
    expect(checkRequest({ prompt: 'Hi', timeoutMs: 1e9, deadline }, rules).timeoutMs).toBeLessThanOrEqual(60_000);
  });
});

describe('a seed', () => {
  it('is one of 32 bits, never the one that stands for a random seed', () => {
    for (const seed of [0, 1, 2 ** 32 - 1, 2 ** 53 - 1]) {
      for (const choice of [0, 1, 127]) {
        expect(seedOf(seed, choice)).toBeGreaterThanOrEqual(0);
        expect(seedOf(seed, choice)).toBeLessThan(2 ** 32 - 1);
      }
    }
    expect(seedOf(7, 0)).toBe(7);
    expect(seedOf(7, 1)).not.toBe(7);
  });
});
