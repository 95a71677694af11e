import type { InferenceRequest } from '@ferrum/interfaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRequest, type RequestRules } from './request.js';

const rules = { vocabularySize: 100, presets: { exact: { temperature: 0, maxTokens: 3 } } };
const check = (request: unknown, more: Partial<RequestRules> = {}) =>
  checkRequest(request as InferenceRequest, { ...rules, ...more });

const user = { role: 'user', content: 'a' };

describe('checkRequest', () => {
  it('fills in what is left out: the model’s recommendation, else the defaults of SamplingParams', () => {
    expect(check({ prompt: 'Hi' })).toMatchObject({
      sampling: { temperature: 1, topP: 1, repetitionPenalty: 1, minTokens: 0 },
      stopSequences: [],
      metadata: {},
      n: 1,
      bestOf: 1,
      priority: 'normal',
    });
    const recommended = { temperature: 0.2, topP: 0.9, topK: 40 };
    expect(check({ prompt: 'Hi', sampling: { topP: 1 } }, { recommended })).toMatchObject({
      sampling: { temperature: 0.2, topP: 1, topK: 40 },
    });
  });

  it('puts a preset between the recommendation and what the request says itself', () => {
    const recommended = { temperature: 0.2, maxTokens: 9 };
    expect(check({ prompt: 'Hi', preset: 'exact', sampling: { maxTokens: 5 } }, { recommended })).toMatchObject({
      sampling: { temperature: 0 },
      maxTokens: 5,
    });
  });

  it('lets mirostat stand in for the truncation that is recommended', () => {
    const mirostat = { mode: 2, tau: 5, eta: 0.1 };
    const { sampling } = check({ prompt: 'Hi', sampling: { mirostat } }, { recommended: { topP: 0.9, topK: 40 } });
    expect(sampling).toMatchObject({ mirostat, topP: 1 });
    expect(sampling).not.toHaveProperty('topK');
  });

  it('lets truncation stand in for the mirostat of a preset or recommendation, and a preset for what is recommended', () => {
    const mirostat = { mode: 2, tau: 5, eta: 0.1 } as const;
    const presets = { steady: { mirostat }, narrow: { topK: 5 } };
    const given = check({ prompt: 'Hi', preset: 'steady', sampling: { topK: 3 } }, { presets });
    expect(given.sampling).toMatchObject({ topK: 3 });
    expect(given.sampling).not.toHaveProperty('mirostat');
    const chosen = check({ prompt: 'Hi', preset: 'narrow' }, { presets, recommended: { mirostat } });
    expect(chosen.sampling).toMatchObject({ topK: 5 });
    expect(chosen.sampling).not.toHaveProperty('mirostat');
    const steady = check({ prompt: 'Hi', preset: 'steady' }, { presets, recommended: { topK: 40 } });
    expect(steady.sampling).toMatchObject({ mirostat });
    // 1 is off, and so no truncation.
    expect(check({ prompt: 'Hi', preset: 'steady', sampling: { topP: 1 } }, { presets }).sampling).toMatchObject({
      mirostat,
    });
  });

  it('takes any JSON object for metadata, up to 64 levels', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 20 }), { noNullPrototype: false }),
        (metadata) => {
          expect(check({ prompt: 'a', metadata }).metadata).toEqual(metadata);
        },
      ),
    );
    expect(() => check({ prompt: 'a', metadata: nested(64) })).not.toThrow();
    const shared = { a: 1 };
    expect(() => check({ prompt: 'a', metadata: { shared, again: [shared, shared] } })).not.toThrow();
  });

  it.each([
    ['is nested too deep', nested(65), 'levels deep'],
    ['is nested deeper than the stack', nested(100_000), 'levels deep'],
    ['contains itself', cycle(), 'contains itself'],
    ['would be a text without end', doubled(60), 'more than 65536 values'],
    ['is a list', [], 'JSON object'],
    ['has a gap', { list: new Array(3) }, 'no JSON'],
    ['holds a function', { call: () => {} }, 'no JSON'],
    ['holds what JSON has no number for', { a: [Number.POSITIVE_INFINITY] }, 'no JSON'],
  ])('refuses metadata that %s', (_name, metadata, message) => {
    expect(() => check({ prompt: 'a', metadata })).toThrow(
      expect.objectContaining({
        code: 'RequestValidation',
        message: expect.stringContaining(message),
        details: { parameter: 'metadata' },
      }),
    );
  });

  it('says that a key of logitBias is no token id, not that it is missing', () => {
    expect(() => check({ prompt: 'a', sampling: { logitBias: { cat: 1 } } })).toThrow(
      /logitBias\.cat`: must be a token id/,
    );
  });

  it('copies token ids, which are raw already', () => {
    const prompt = [0, 99, 5];
    const { input } = check({ prompt });
    prompt[0] = 1;
    expect(input).toEqual({ kind: 'tokens', tokens: [0, 99, 5] });
    expect(check({ prompt: [1], raw: true }).input).toEqual({ kind: 'tokens', tokens: [1] });
    expect(() => check({ prompt: [7, 100] })).toThrow(
      /`prompt`: 100, at index 1, is no token id; they go from 0 to 99/,
    );
  });

  it('gives every request its own id and seed', () => {
    const [a, b] = [check({ prompt: 'Hi' }), check({ prompt: 'Hi' })];
    expect(a.id).not.toBe(b.id);
    expect(a.sampling.seed).not.toBe(b.sampling.seed);
  });

  it('takes an explicit undefined for a missing field', () => {
    expect(() => check({ prompt: 'Hi', messages: undefined, sampling: { topK: undefined } })).not.toThrow();
  });

  it.each([
    ['no input', {}, 'prompt'],
    ['both inputs', { prompt: 'a', messages: [{ role: 'user', content: 'b' }] }, 'prompt'],
    ['an empty prompt', { prompt: '' }, 'prompt'],
    ['a prompt without ids', { prompt: [] }, 'prompt'],
    ['a prompt of foreign ids', { prompt: [1, 100] }, 'prompt'],
    ['a prompt of negative ids', { prompt: [-1] }, 'prompt'],
    ['a prompt of half ids', { prompt: [0.5] }, 'prompt'],
    ['a prompt of several texts', { prompt: ['a', 'b'] }, 'prompt'],
    ['a prompt of gaps', { prompt: new Array(2 ** 32 - 1) }, 'prompt'],
    ['a prompt in the form of bytes', { prompt: Uint8Array.of(1, 2) }, 'prompt'],
    ['ids for the chat template', { prompt: [1], raw: false }, 'raw'],
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
    ['minP above 1', { prompt: 'a', sampling: { minP: 1.1 } }, 'sampling.minP'],
    ['a repetition penalty of 0', { prompt: 'a', sampling: { repetitionPenalty: 0 } }, 'sampling.repetitionPenalty'],
    ['mirostat 3', { prompt: 'a', sampling: { mirostat: { mode: 3, tau: 5, eta: 0.1 } } }, 'sampling.mirostat.mode'],
    [
      'mirostat with another truncation',
      { prompt: 'a', sampling: { mirostat: { mode: 1, tau: 5, eta: 0.1 }, minP: 0.1 } },
      'sampling.mirostat',
    ],
    ['a bias of no token', { prompt: 'a', sampling: { logitBias: { cat: 1 } } }, 'sampling.logitBias.cat'],
    [
      'a bias of a prototype',
      { prompt: 'a', sampling: { logitBias: parsed('__proto__') } },
      'sampling.logitBias.__proto__',
    ],
    [
      'a bias of a constructor',
      { prompt: 'a', sampling: { logitBias: { constructor: 5 } } },
      'sampling.logitBias.constructor',
    ],
    ['two ways to write one token', { prompt: 'a', sampling: { logitBias: { '07': 1 } } }, 'sampling.logitBias.07'],
    ['a list of biases', { prompt: 'a', sampling: { logitBias: [1] } }, 'sampling.logitBias'],
    ['a list for sampling', { prompt: 'a', sampling: [] }, 'sampling'],
    [
      'an endless stop sequence',
      { prompt: 'a', sampling: { stopSequences: ['ok', 'a'.repeat(1025)] } },
      'sampling.stopSequences.1',
    ],
    [
      'a tau beyond all surprise',
      { prompt: 'a', sampling: { mirostat: { mode: 2, tau: 101, eta: 0.1 } } },
      'sampling.mirostat.tau',
    ],
    ['a bias of a foreign token', { prompt: 'a', sampling: { logitBias: { 100: 1 } } }, 'sampling.logitBias'],
    ['a bias beyond 100', { prompt: 'a', sampling: { logitBias: { 1: 101 } } }, 'sampling.logitBias.1'],
    ['a banned token that is not there', { prompt: 'a', sampling: { bannedTokens: [100] } }, 'sampling.bannedTokens'],
    ['more minTokens than maxTokens', { prompt: 'a', sampling: { minTokens: 3, maxTokens: 2 } }, 'sampling.minTokens'],
    ['topLogprobs alone', { prompt: 'a', sampling: { topLogprobs: 2 } }, 'sampling.topLogprobs'],
    ['21 topLogprobs', { prompt: 'a', sampling: { logprobs: true, topLogprobs: 21 } }, 'sampling.topLogprobs'],
    ['no answer', { prompt: 'a', sampling: { n: 0 } }, 'sampling.n'],
    ['the best of too few', { prompt: 'a', sampling: { n: 3, bestOf: 2 } }, 'sampling.bestOf'],
    [
      'an echo of a conversation',
      { messages: [{ role: 'user', content: 'b' }], sampling: { echo: true } },
      'sampling.echo',
    ],
    ['a preset that is not there', { prompt: 'a', preset: 'wild' }, 'preset'],
    ['an unknown priority', { prompt: 'a', priority: 'urgent' }, 'priority'],
    ['no time', { prompt: 'a', timeoutMs: 0 }, 'timeoutMs'],
    ['a deadline that is no date', { prompt: 'a', deadline: 'tomorrow' }, 'deadline'],
    ['dry without a multiplier', { prompt: 'a', sampling: { dry: {} } }, 'sampling.dry.multiplier'],
    ['an unknown field', { prompt: 'a', temprature: 1 }, ''],
    ['tools beside a prompt', { prompt: 'a', tools: [{ name: 'now' }] }, 'tools'],
    ['a tool without a name', { messages: [user], tools: [{ description: 'x' }] }, 'tools.0.name'],
    ['a name with a space', { messages: [user], tools: [{ name: 'a b' }] }, 'tools.0.name'],
    ['two tools of a name', { messages: [user], tools: [{ name: 'now' }, { name: 'now' }] }, 'tools.1.name'],
    [
      'arguments that are no object',
      { messages: [user], tools: [{ name: 'now', parameters: { type: 'array' } }] },
      'tools.0.parameters',
    ],
    ['a choice without tools', { messages: [user], toolChoice: 'required' }, 'toolChoice'],
    [
      'a choice of none of the tools',
      { messages: [user], tools: [{ name: 'now' }], toolChoice: { name: 'x' } },
      'toolChoice',
    ],
    [
      'an allowed tool that is not there',
      { messages: [user], tools: [{ name: 'now' }], toolChoice: { allowed: ['now', 'x'], mode: 'auto' } },
      'toolChoice',
    ],
    ['a choice of no kind', { messages: [user], tools: [{ name: 'now' }], toolChoice: 'maybe' }, 'toolChoice'],
    ['parallel calls without tools', { messages: [user], parallelToolCalls: true }, 'parallelToolCalls'],
    ['an unknown format of calls', { messages: [user], toolCallFormat: 'xml' }, 'toolCallFormat'],
    ['a result without its call’s id', { messages: [user, { role: 'tool', content: 'b' }] }, 'messages.1.toolCallId'],
    [
      'a result of no call',
      { messages: [user, { role: 'tool', content: 'b', toolCallId: 'c' }] },
      'messages.1.toolCallId',
    ],
    [
      'a call of the user',
      { messages: [{ ...user, toolCalls: [{ id: 'c', name: 'now', arguments: '{}' }] }] },
      'messages.0.toolCalls',
    ],
    ['a thought of the user', { messages: [{ ...user, reasoning: 'hm' }] }, 'messages.0.reasoning'],
    [
      'a variable that is the conversation',
      { messages: [user], templateVariables: { messages: [] } },
      'templateVariables.messages',
    ],
    ['efforts that contradict', { messages: [user], reasoning: { enabled: false, effort: 'low' } }, 'reasoning.effort'],
    ['less than no tokens of reasoning', { messages: [user], reasoning: { maxTokens: -1 } }, 'reasoning.maxTokens'],
  ])('refuses %s', (_name, request, parameter) => {
    expect(() => check(request)).toThrow(
      expect.objectContaining({ code: 'RequestValidation', details: { parameter } }),
    );
  });

  it.each([
    ['a session it does not keep', { prompt: 'a', sessionId: 'mine' }, 'sessionId'],
    ['a priority, where there is one turn at a time', { prompt: 'a', priority: 'high' }, 'priority'],
    ['a client, where nobody is told apart', { prompt: 'a', clientId: 'me' }, 'clientId'],
    ['several answers, where there is one', { prompt: 'a', sampling: { n: 2 } }, 'sampling.n'],
  ])('says that it does not support %s', (_name, request, parameter) => {
    const refused = ['priority', 'clientId', 'sampling.n'] as const;
    expect(() => check(request, { refused })).toThrow(
      expect.objectContaining({ code: 'Unsupported', details: { parameter } }),
    );
  });

  it('accepts penalties at the value that turns them off', () => {
    expect(() => check({ prompt: 'a', sampling: { repetitionPenalty: 1, presencePenalty: 0 } })).not.toThrow();
  });
});

/** What JSON.parse makes of a key that a literal cannot have. */
function parsed(key: string): unknown {
  return JSON.parse(`{"${key}": 5}`);
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = { value };
  return value;
}

function cycle(): unknown {
  const value: Record<string, unknown> = {};
  value.inner = [{ value }];
  return value;
}

function doubled(levels: number): unknown {
  let value: unknown = {};
  for (let i = 0; i < levels; i++) value = { a: value, b: value };
  return value;
}
