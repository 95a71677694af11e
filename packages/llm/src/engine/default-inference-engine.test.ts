import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { InferenceRequest, StreamChunk } from '@ferrum/interfaces';
import { createModelStore } from '@ferrum/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// The built package: importing a model runs in a worker thread, which needs JavaScript.
import { type DefaultInferenceEngine, openReferenceEngine } from '../../dist/index.js';
import { loadGgufFixture } from '../fixtures/load-fixture.js';

const fixture = loadGgufFixture('llama-f32');
/** Fills the whole context. */
const endless = { temperature: 0, maxTokens: 100_000, ignoreEos: true };
const greedy = { temperature: 0, maxTokens: fixture.greedy.tokens.length };

let home: string;
let engine: DefaultInferenceEngine;

async function open(options: Record<string, unknown> = {}): Promise<DefaultInferenceEngine> {
  const models = createModelStore({ home });
  const model = await models.inspect(fixture.location);
  const resolve = () => Promise.reject(new Error('nothing else is needed'));
  return openReferenceEngine({ model, models, options: { threads: 1, quantization: 'float32', ...options }, resolve });
}

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'ferrum-engine-'));
  engine = await open();
});

afterAll(async () => {
  await engine.shutdown();
  await rm(home, { recursive: true });
});

async function collect(request: InferenceRequest): Promise<StreamChunk[]> {
  const chunks: StreamChunk[] = [];
  for await (const chunk of engine.inferStream(request)) chunks.push(chunk);
  return chunks;
}

describe('DefaultInferenceEngine', () => {
  it('continues a prompt as the independent implementation does', async () => {
    const response = await engine.infer({ prompt: fixture.prompt, raw: true, sampling: greedy });
    expect(response.tokens).toEqual(fixture.greedy.tokens);
    expect(response.text).toBe(fixture.greedy.text);
    expect(response.finishReason).toBe('length');
    expect(response.usage).toEqual({
      promptTokens: fixture.tokens.length,
      completionTokens: fixture.greedy.tokens.length,
      totalTokens: fixture.tokens.length + fixture.greedy.tokens.length,
      cachedTokens: 0,
    });
  });

  it('continues token ids as the text that they stand for, and tokenizes it to them', async () => {
    const { text, tokens, usage } = await engine.infer({ prompt: fixture.tokens, sampling: greedy });
    expect(tokens).toEqual(fixture.greedy.tokens);
    expect(text).toBe(fixture.greedy.text);
    expect(usage.promptTokens).toBe(fixture.tokens.length);
    expect((await engine.tokenize({ prompt: fixture.prompt })).tokens).toEqual(fixture.tokens);
    expect(await engine.detokenize(fixture.greedy.tokens)).toBe(fixture.greedy.text);
    await expect(engine.infer({ prompt: [100_000] })).rejects.toMatchObject({
      code: 'RequestValidation',
      details: { parameter: 'prompt' },
    });
  });

  it('streams what infer gives, a chunk per token, the last one with reason, usage and timing', async () => {
    const chunks = await collect({
      id: 'my-id',
      prompt: fixture.prompt,
      raw: true,
      sampling: greedy,
      metadata: { a: 1 },
    });
    expect(chunks.flatMap((chunk) => chunk.tokens)).toEqual(fixture.greedy.tokens);
    expect(chunks.map((chunk) => chunk.text).join('')).toBe(fixture.greedy.text);
    expect(chunks.map((chunk) => chunk.finishReason)).toEqual([...Array(chunks.length - 1).fill(undefined), 'length']);
    expect(chunks.every((chunk) => chunk.requestId === 'my-id' && chunk.metadata.a === 1)).toBe(true);
    expect(chunks.at(-1)?.timing?.timeToFirstTokenMs).toBeGreaterThan(0);
  });

  it('gives the same answers to requests that overlap as to requests alone', async () => {
    const prompts = ['a', 'bc', fixture.prompt, 'dd'];
    const alone = [];
    for (const prompt of prompts) alone.push(await engine.infer({ prompt, raw: true, sampling: greedy }));
    const together = await Promise.all(prompts.map((prompt) => engine.infer({ prompt, raw: true, sampling: greedy })));
    expect(together.map(({ tokens }) => tokens)).toEqual(alone.map(({ tokens }) => tokens));
  });

  it('repeats a sampled text with the same seed, and only then', async () => {
    const ask = (seed: number) =>
      engine.infer({
        prompt: fixture.prompt,
        raw: true,
        sampling: { temperature: 2, seed, maxTokens: 30, ignoreEos: true },
      });
    const [first, again, other] = [await ask(1), await ask(1), await ask(2)];
    expect(again.tokens).toEqual(first.tokens);
    expect(other.tokens).not.toEqual(first.tokens);
  });

  it('ends before a stop sequence, which never shows', async () => {
    const stop = fixture.greedy.text.slice(4, 6);
    const chunks = await collect({ prompt: fixture.prompt, raw: true, sampling: { ...greedy, stopSequences: [stop] } });
    const text = chunks.map((chunk) => chunk.text).join('');
    expect(text).toBe(fixture.greedy.text.slice(0, fixture.greedy.text.indexOf(stop)));
    expect(chunks.at(-1)?.finishReason).toBe('stop');
  });

  it('stops at the context’s end with reason length', async () => {
    const small = await open({ contextLength: fixture.tokens.length + 3 });
    const { usage, finishReason } = await small.infer({
      prompt: fixture.prompt,
      raw: true,
      sampling: { temperature: 0, maxTokens: 50, ignoreEos: true },
    });
    expect({ finishReason, completionTokens: usage.completionTokens }).toEqual({
      finishReason: 'length',
      completionTokens: 3,
    });
    await expect(small.infer({ prompt: fixture.prompt.repeat(2), raw: true })).rejects.toMatchObject({
      code: 'RequestValidation',
      message: expect.stringContaining('tokens, but the context holds'),
    });
    await small.shutdown();
  });

  it('aborts at once, frees its turn and goes on serving', async () => {
    const controller = new AbortController();
    const aborted = (async () => {
      for await (const chunk of engine.inferStream({
        prompt: 'a',
        raw: true,
        sampling: endless,
        signal: controller.signal,
      })) {
        if (chunk.tokens.length > 0) controller.abort();
      }
    })();
    const waiting = engine.infer({ prompt: fixture.prompt, raw: true, sampling: greedy });
    await expect(aborted).rejects.toMatchObject({ code: 'Cancelled' });
    expect((await waiting).tokens).toEqual(fixture.greedy.tokens);
    await expect(engine.infer({ prompt: 'a', signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'Cancelled',
    });
  });

  it('ends a generation whose reader leaves', async () => {
    const own = await open();
    for await (const chunk of own.inferStream({ prompt: 'a', raw: true, sampling: endless })) {
      expect(chunk.requestId).toBeTruthy();
      break;
    }
    // It ends within a step; the next request waits for that.
    await own.infer({ prompt: 'a', raw: true, sampling: greedy });
    expect(own.metrics().errorStats.errorsByType).toEqual({ Cancelled: 1 });
    await own.shutdown();
  });

  it('ends what takes longer than it may, also what waits for a turn', async () => {
    const own = await open();
    const busy = own.inferStream({ prompt: 'a', raw: true, sampling: endless })[Symbol.asyncIterator]();
    await busy.next();
    const late = { prompt: 'a', raw: true, sampling: endless } as const;
    await expect(own.infer({ ...late, timeoutMs: 1 })).rejects.toMatchObject({ code: 'Timeout' });
    expect((await own.status()).queuedRequests).toBe(0);
    await busy.return?.();
    await expect(own.infer({ ...late, deadline: new Date(0) })).rejects.toMatchObject({ code: 'Timeout' });
    expect(own.metrics().errorStats.errorsByType.Timeout).toBe(2);
    await own.shutdown();
  });

  it('lets a reader leave at once who waits for a turn', async () => {
    const own = await open();
    const busy = own.inferStream({ prompt: 'a', raw: true, sampling: endless })[Symbol.asyncIterator]();
    await busy.next();
    const queued = own.inferStream({ prompt: 'a', raw: true, sampling: greedy });
    const pending = queued.next();
    await new Promise(setImmediate);
    expect((await own.status()).queuedRequests).toBe(1);
    await queued.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect((await own.status()).queuedRequests).toBe(0);
    await own.shutdown();
  });

  it('serves others while a reader dawdles', async () => {
    const slow = engine.inferStream({ prompt: fixture.prompt, raw: true, sampling: greedy })[Symbol.asyncIterator]();
    const first = await slow.next();
    // The slow reader does not read on; the other request still gets its answer.
    const other = await engine.infer({ prompt: fixture.prompt, raw: true, sampling: greedy });
    expect(other.tokens).toEqual(fixture.greedy.tokens);
    const rest: number[] = [...(first.value?.tokens ?? [])];
    for (let next = await slow.next(); !next.done; next = await slow.next()) rest.push(...next.value.tokens);
    expect(rest).toEqual(fixture.greedy.tokens);
    expect((await engine.status()).activeRequests).toBe(0);
  });

  it('scores tokens with the log-softmax of the reference logits', async () => {
    const scores = await engine.score(fixture.tokens);
    expect(scores).toHaveLength(fixture.tokens.length - 1);
    for (const [i, score] of scores.entries()) {
      const logits = [...fixture.logits[i]!];
      const sorted = [...logits].sort((a, b) => b - a);
      const logSum = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
      expect(score.token).toBe(fixture.tokens[i + 1]);
      expect(score.logProbability).toBeCloseTo(logits[score.token]! - logSum, 3);
      expect(score.bestToken).toBe(logits.indexOf(sorted[0]!));
      expect(score.gap).toBeCloseTo(sorted[0]! - sorted[1]!, 3);
    }
    await expect(engine.score([1])).rejects.toMatchObject({ code: 'RequestValidation' });
    await expect(engine.score([1, 96])).rejects.toMatchObject({ code: 'RequestValidation' });
  });

  it('refuses messages when the model has no chat template, and takes a prompt as it is', async () => {
    await expect(engine.infer({ messages: [{ role: 'user', content: 'a' }] })).rejects.toMatchObject({
      code: 'RequestValidation',
      details: { parameter: 'messages' },
    });
    const { tokens } = await engine.infer({ prompt: fixture.prompt, sampling: greedy });
    expect(tokens).toEqual(fixture.greedy.tokens);
  });

  it('tells the truth about itself', async () => {
    const own = await open();
    await own.infer({ prompt: 'a', raw: true, sampling: greedy });
    await expect(own.infer({ prompt: '' })).rejects.toMatchObject({ code: 'RequestValidation' });
    expect(own.metrics()).toMatchObject({
      totalRequests: 2,
      successfulRequests: 1,
      failedRequests: 1,
      errorStats: { totalErrors: 1, errorsByType: { RequestValidation: 1 }, errorRate: 0.5 },
    });
    expect(await own.status()).toMatchObject({
      isReady: true,
      loadedModels: [own.modelId],
      activeRequests: 0,
      queuedRequests: 0,
    });
    expect((await own.healthCheck()).status).toBe('healthy');
    expect(own.config().backend).toMatchObject({ backendType: 'onnxruntime', device: 'cpu' });
    await own.shutdown();
    await own.shutdown();
    expect(await own.status()).toMatchObject({ isReady: false, loadedModels: [] });
    expect((await own.healthCheck()).status).toBe('unhealthy');
    await expect(own.infer({ prompt: 'a' })).rejects.toMatchObject({ code: 'Cancelled' });
  });

  it('ends what is running and waiting when it shuts down', async () => {
    const own = await open();
    const stream = own.inferStream({ prompt: 'a', raw: true, sampling: endless })[Symbol.asyncIterator]();
    await stream.next();
    const waiting = Promise.allSettled([1, 2].map(() => own.infer({ prompt: 'a', raw: true, sampling: endless })));
    await own.shutdown();
    const reading = (async () => {
      for (let next = await stream.next(); !next.done; next = await stream.next());
    })();
    await expect(reading).rejects.toMatchObject({ code: 'Cancelled' });
    expect((await waiting).map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
  });

  it.each([
    [{ threads: 0 }, 'threads'],
    [{ threads: 'two' }, 'threads'],
    [{ contextLength: 1_000_000 }, 'contextLength'],
    [{ quantization: 'int3' }, 'quantization'],
    [{ thread: 2 }, 'options'],
  ])('refuses the options %j', async (options, parameter) => {
    await expect(open(options)).rejects.toMatchObject({ code: 'InvalidParameter', details: { parameter } });
  });
});
