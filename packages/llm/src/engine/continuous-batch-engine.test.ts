import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { InferenceRequest, InferenceResponse, StreamChunk } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openFakeEngine } from '../testing/fake-engine.js';
import { type FakeRun, fakeGreedy, fakeLogits, fakeText, fakeTokenizer } from '../testing/fake-model.js';
import type { ContinuousBatchEngine } from './continuous-batch-engine.js';

const greedy = (maxTokens: number) => ({ temperature: 0, maxTokens, ignoreEos: true });
const ask = (prompt: string, maxTokens: number, more: Partial<InferenceRequest> = {}): InferenceRequest =>
  ({ prompt, raw: true, sampling: greedy(maxTokens), ...more }) as InferenceRequest;
const expected = (prompt: string, count: number) => fakeGreedy(fakeTokenizer.encode(prompt), count);

async function read(stream: AsyncIterable<StreamChunk>): Promise<StreamChunk[]> {
  const chunks: StreamChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

describe('ContinuousBatchEngine', () => {
  it('gives every request of a crowd what it would get alone', async () => {
    const { engine, runner } = openFakeEngine({ slots: 4 });
    const prompts = Array.from(
      { length: 32 },
      (_, i) => 'the same beginning '.repeat(i % 3) + 'xy'.repeat((i * 7) % 23) + i,
    );
    const responses = await Promise.all(prompts.map((prompt, i) => engine.infer(ask(prompt, 1 + ((i * 5) % 40)))));
    for (const [i, { tokens, finishReason, usage }] of responses.entries()) {
      expect(tokens).toEqual(expected(prompts[i] as string, 1 + ((i * 5) % 40)));
      expect(finishReason).toBe('length');
      expect(usage.promptTokens).toBe(prompts[i]?.length);
    }
    // Rows shared runs: far fewer runs than tokens.
    const decodeRuns = runner.runs.filter(({ kind }) => kind === 'decode');
    expect(Math.max(...decodeRuns.map(({ tokens }) => tokens))).toBe(4);
    await engine.shutdown();
  });

  it('loses nothing and mixes nothing up under random arrivals, aborts, failures and cache pressure', async () => {
    const request = fc.record({
      prefix: fc.constantFrom('', 'shared prefix of several blocks ', 'another one '),
      prompt: fc.string({ minLength: 1, maxLength: 40, unit: fc.constantFrom(...'abc xyz') }),
      maxTokens: fc.integer({ min: 1, max: 20 }),
      priority: fc.constantFrom('low' as const, 'normal' as const, 'high' as const, 'critical' as const),
      salt: fc.option(fc.constantFrom('s', 't'), { nil: undefined }),
      clientId: fc.constantFrom('a', 'b'),
      n: fc.constantFrom(1, 1, 1, 3),
      reader: fc.constantFrom('infer' as const, 'infer' as const, 'stream' as const, 'slow stream' as const),
      delayTurns: fc.integer({ min: 0, max: 6 }),
      abortAfterTurns: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 1, maxLength: 14 }),
        fc.constantFrom('fcfs', 'priority', 'fair-share', 'sjf'),
        fc.integer({ min: 24, max: 70 }),
        fc.array(fc.nat(60), { maxLength: 2 }),
        fc.constantFrom(0, 4096, 1 << 20),
        fc.boolean(),
        async (requests, policy, maxBlocks, failingRuns, prefixCacheBytes, enablePreemption) => {
          const { engine, runner } = openFakeEngine({
            slots: 3,
            contextLength: 96,
            maxBlocks,
            prefixCacheBytes,
            options: { policy, prefillChunk: 16, activeDecodePrefillChunk: 5, enablePreemption, streamBuffer: 3 },
          });
          let runs = 0;
          runner.before = () => {
            if (failingRuns.includes(runs++)) throw new FerrumError('Backend', 'injected');
            return undefined;
          };
          const outcomes = await Promise.allSettled(
            requests.map(async (given) => {
              const { prefix, prompt, maxTokens, priority, salt, clientId, n, reader } = given;
              for (let i = 0; i < given.delayTurns; i++) await nextTurn();
              const controller = new AbortController();
              if (given.abortAfterTurns !== undefined) void abortAfter(controller, given.abortAfterTurns);
              const request = ask(prefix + prompt, maxTokens, {
                priority,
                clientId,
                ...(salt === undefined ? {} : { cacheSalt: salt }),
                signal: controller.signal,
                sampling: { ...greedy(maxTokens), n },
              });
              if (reader === 'infer') {
                const { tokens, choices } = await engine.infer(request);
                return choices ? choices.map((choice) => choice.tokens) : [tokens];
              }
              const answers: number[][] = Array.from({ length: n }, () => []);
              for await (const { choice = 0, tokens } of engine.inferStream(request)) {
                answers[choice]?.push(...tokens);
                for (let i = 0; reader === 'slow stream' && i < 5; i++) await nextTurn();
              }
              return answers;
            }),
          );
          for (const [i, outcome] of outcomes.entries()) {
            const { prefix, prompt, maxTokens, abortAfterTurns, n } = requests[i] as (typeof requests)[number];
            if (outcome.status === 'fulfilled') {
              expect(outcome.value).toEqual(Array(n).fill(expected(prefix + prompt, maxTokens)));
            } else {
              expect(['Backend', 'Cancelled']).toContain((outcome.reason as FerrumError).code);
              if ((outcome.reason as FerrumError).code === 'Cancelled') expect(abortAfterTurns).toBeDefined();
              else expect(failingRuns.length).toBeGreaterThan(0);
            }
          }
          await settled(engine);
          const { activeRequests, queuedRequests, memoryUsage } = await engine.status();
          expect([activeRequests, queuedRequests]).toEqual([0, 0]);
          expect((await engine.healthCheck()).componentStatus.kvCache?.metrics.usedBlocks).toBe(0);
          expect(memoryUsage.cacheMemoryBytes).toBeLessThanOrEqual(prefixCacheBytes);
          const { totalRequests } = engine.metrics();
          expect(totalRequests).toBe(requests.length);
          // The engine still works.
          runner.before = () => undefined;
          expect((await engine.infer(ask('after', 5))).tokens).toEqual(expected('after', 5));
          await engine.shutdown();
          expect(runner.isDisposed).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('ends the requests of a run that fails, and only them', async () => {
    const { engine, runner } = openFakeEngine({ slots: 2, options: { maxRunningRequests: 2 } });
    let hasFailed = false;
    runner.before = ({ kind, tokens }) => {
      if (kind !== 'decode' || tokens < 2 || hasFailed) return undefined;
      hasFailed = true;
      throw new FerrumError('Backend', 'the native library says no');
    };
    const outcomes = await Promise.allSettled(['one', 'two', 'three'].map((prompt) => engine.infer(ask(prompt, 6))));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(outcomes[0]).toMatchObject({ reason: { code: 'Backend' } });
    expect((await engine.healthCheck()).status).toBe('healthy');
    await engine.shutdown();
  });

  it('ends the request whose logits are not numbers, and only that one', async () => {
    const { engine, runner } = openFakeEngine({ slots: 3 });
    let decodes = 0;
    runner.before = ({ kind }) => (kind === 'decode' && decodes++ === 2 ? [1] : undefined);
    const outcomes = await Promise.allSettled(['one', 'two', 'three'].map((prompt) => engine.infer(ask(prompt, 8))));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'Backend' } });
    expect((outcomes[2] as PromiseFulfilledResult<InferenceResponse>).value.tokens).toEqual(expected('three', 8));
    await engine.shutdown();
  });

  it('frees the slot of an aborted request within a step', async () => {
    const { engine, runner } = openFakeEngine({ slots: 1, options: { maxRunningRequests: 1 } });
    const controller = new AbortController();
    const aborted = engine.infer(ask('long', 200, { signal: controller.signal }));
    aborted.catch(() => {});
    while (runner.runs.length < 5) await nextTurn();
    const waiting = engine.infer(ask('next', 3));
    const before = runner.runs.length;
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toMatchObject({ code: 'Cancelled', cause: new Error('enough') });
    expect((await waiting).tokens).toEqual(expected('next', 3));
    // The run that was under way, then nothing but the other's: a prefill and two decode runs.
    expect(runner.runs.length - before).toBeLessThanOrEqual(1 + 3);
    await engine.shutdown();
  });

  it('refuses one request too many with a hint, and takes it later', async () => {
    const { engine } = openFakeEngine({ slots: 1, options: { maxRunningRequests: 1, maxWaitingRequests: 2 } });
    const first = engine.infer(ask('a', 50));
    while ((await engine.status()).activeRequests === 0) await nextTurn();
    const others = [engine.infer(ask('b', 2)), engine.infer(ask('c', 2))];
    const refusal = await engine.infer(ask('d', 2)).catch((error: FerrumError) => error);
    expect(refusal).toMatchObject({ code: 'ResourceExhausted', isRetryable: true });
    expect((refusal as FerrumError).retryAfterMs).toBeGreaterThan(0);
    expect((await engine.status()).isReady).toBe(false);
    await Promise.all([first, ...others]);
    expect((await engine.infer(ask('d', 2))).tokens).toEqual(expected('d', 2));
    await engine.shutdown();
  });

  it('lets a slow reader wait alone, with a bounded buffer, and gives it everything in the end', async () => {
    const { engine, runner } = openFakeEngine({ slots: 2, options: { maxRunningRequests: 2, streamBuffer: 4 } });
    const slow = engine.inferStream(ask('slow', 60));
    const first = await slow.next();
    const others = await Promise.all(['x', 'y', 'z'].map((prompt) => engine.infer(ask(prompt, 30))));
    for (const [i, { tokens }] of others.entries()) expect(tokens).toEqual(expected('xyz'[i] as string, 30));
    const before = runner.runs.length;
    for (let i = 0; i < 20; i++) await nextTurn();
    // Nothing is computed for a reader who does not read.
    expect(runner.runs.length).toBe(before);
    const rest = await read(slow);
    const tokens = [first.value as StreamChunk, ...rest].flatMap((chunk) => chunk.tokens);
    expect(tokens).toEqual(expected('slow', 60));
    await engine.shutdown();
  });

  it('gives the slot of a reader who stopped to whoever waits', async () => {
    const { engine } = openFakeEngine({ slots: 1, options: { maxRunningRequests: 1, streamBuffer: 2 } });
    const stuck = engine.inferStream(ask('stuck', 40));
    await stuck.next();
    expect((await engine.infer(ask('other', 10))).tokens).toEqual(expected('other', 10));
    expect((await read(stuck)).at(-1)?.usage?.completionTokens).toBe(40);
    await engine.shutdown();
  });

  it('goes on when every reader has stopped, and when they all come back', async () => {
    const { engine } = openFakeEngine({ slots: 1, options: { maxRunningRequests: 1, streamBuffer: 2 } });
    const stalled = ['one', 'two', 'three'].map((prompt) => engine.inferStream(ask(prompt, 30)));
    for (const stream of stalled) await stream.next();
    // Nobody can be served, and the event loop turns all the same.
    for (let i = 0; i < 50; i++) await nextTurn();
    const results = engine.inferBatch([ask('batch', 4)]);
    expect(await results).toMatchObject([{ status: 'ok', response: { tokens: expected('batch', 4) } }]);
    const rest = await Promise.all(stalled.map(read));
    for (const [i, chunks] of rest.entries()) {
      const prompt = ['one', 'two', 'three'][i] as string;
      expect(chunks.flatMap(({ tokens }) => tokens)).toEqual(expected(prompt, 30).slice(1));
    }
    await engine.shutdown();
  });

  it('hears every call, however soon after the last step it comes', async () => {
    for (let ticks = 0; ticks < 25; ticks++) {
      const { engine } = openFakeEngine();
      await engine.infer(ask('a', 2));
      for (let i = 0; i < ticks; i++) await undefined;
      expect((await engine.infer(ask('b', 2))).tokens).toEqual(expected('b', 2));
      await engine.exportState();
      for (let i = 0; i < ticks; i++) await undefined;
      await engine.shutdown();
    }
  });

  it('counts the rows that were meant, and what was cut off as failed', async () => {
    const { engine, runner } = openFakeEngine({ slots: 4 });
    await engine.infer(ask('alone', 6));
    expect(engine.cacheMetricsSnapshot()?.decodeBatch).toMatchObject({ maxItems: 1, totalItems: 5 });
    runner.before = async () => {
      await sleep(2);
      return undefined;
    };
    const before = runner.runs.length;
    const cut = engine.infer(ask('cut', 200));
    while (runner.runs.length < before + 5) await nextTurn();
    await engine.shutdown({ drainTimeoutMs: 1 });
    expect((await cut).finishReason).toBe('cancelled');
    expect(engine.metrics()).toMatchObject({
      successfulRequests: 1,
      failedRequests: 1,
      errorStats: { errorsByType: { Cancelled: 1 } },
    });
  });

  it('serves the urgent first, and preempts the lesser', async () => {
    const { engine } = openFakeEngine({ slots: 1, options: { maxRunningRequests: 1 } });
    const order: string[] = [];
    const note = (name: string) => (response: InferenceResponse) => {
      order.push(name);
      return response;
    };
    const low = engine.infer(ask('low', 60, { priority: 'low' })).then(note('low'));
    while ((await engine.status()).activeRequests === 0) await nextTurn();
    const rest = [
      engine.infer(ask('normal', 5)).then(note('normal')),
      engine.infer(ask('critical', 5, { priority: 'critical' })).then(note('critical')),
    ];
    const [response] = await Promise.all([low, ...rest]);
    expect(order).toEqual(['critical', 'normal', 'low']);
    expect(response.tokens).toEqual(expected('low', 60));
    await engine.shutdown();
  });

  it('keeps time-outs and deadlines, waiting or running', async () => {
    const { engine, runner } = openFakeEngine({ slots: 1, options: { maxRunningRequests: 1 } });
    runner.before = async () => {
      await sleep(5);
      return undefined;
    };
    const running = engine.infer(ask('running', 200, { timeoutMs: 60 }));
    const waiting = engine.infer(ask('waiting', 5, { deadline: new Date(Date.now() + 20) }));
    await expect(waiting).rejects.toMatchObject({ code: 'Timeout' });
    await expect(running).rejects.toMatchObject({ code: 'Timeout' });
    await expect(engine.infer(ask('late', 5, { deadline: new Date(0) }))).rejects.toMatchObject({ code: 'Timeout' });
    runner.before = () => undefined;
    expect((await engine.infer(ask('fine', 3))).tokens).toEqual(expected('fine', 3));
    await engine.shutdown();
  });

  it('lets requests finish when it shuts down, and ends the rest with a reason', async () => {
    const { engine } = openFakeEngine({ slots: 2, options: { maxRunningRequests: 2 } });
    const short = engine.infer(ask('short', 5));
    await engine.shutdown({ drainTimeoutMs: 5000 });
    expect((await short).finishReason).toBe('length');
    await expect(engine.infer(ask('late', 1))).rejects.toMatchObject({ code: 'Cancelled' });

    const hasty = openFakeEngine({ slots: 1, options: { maxRunningRequests: 1 } });
    hasty.runner.before = async () => {
      await sleep(2);
      return undefined;
    };
    const running = hasty.engine.infer(ask('running', 240));
    const waiting = hasty.engine.infer(ask('waiting', 240));
    waiting.catch(() => {});
    while (hasty.runner.runs.length < 4) await nextTurn();
    await hasty.engine.shutdown({ drainTimeoutMs: 10 });
    const { finishReason, tokens } = await running;
    expect(finishReason).toBe('cancelled');
    expect(tokens).toEqual(expected('running', 240).slice(0, tokens.length));
    expect(tokens.length).toBeGreaterThan(0);
    await expect(waiting).rejects.toMatchObject({ code: 'Cancelled' });
  });

  it('holds what never could fit back at once', async () => {
    const { engine } = openFakeEngine({ contextLength: 32 });
    await expect(engine.infer(ask('x'.repeat(32), 1))).rejects.toMatchObject({
      code: 'RequestValidation',
      message: expect.stringContaining('32'),
    });
    const { usage, finishReason } = await engine.infer(ask('x'.repeat(30), 50));
    expect([usage.completionTokens, finishReason]).toEqual([2, 'length']);
    await engine.shutdown();
  });
});

describe('prefix cache', () => {
  const shared = 'a prefix that several requests share, block after block. ';

  it('saves the prompt that was there, and changes no answer', async () => {
    const { engine } = openFakeEngine();
    const first = await engine.infer(ask(`${shared}one`, 10));
    const second = await engine.infer(ask(`${shared}two`, 10));
    expect(first.usage.cachedTokens).toBe(0);
    expect(second.usage.cachedTokens).toBe(Math.floor(shared.length / 4) * 4);
    expect(second.tokens).toEqual(expected(`${shared}two`, 10));
    // A conversation that goes on finds its own answer too.
    const next = `${shared}two${second.text}?`;
    const third = await engine.infer(ask(next, 10));
    expect(third.usage.cachedTokens).toBe(Math.floor((next.length - 2) / 4) * 4);
    expect(third.tokens).toEqual(expected(next, 10));
    expect(engine.cacheMetricsSnapshot()).toMatchObject({ enabled: true, hits: 2, misses: 1, hitRate: 2 / 3 });
    await engine.shutdown();
  });

  it('keeps nothing of a prompt that came out as no numbers', async () => {
    const { engine, runner } = openFakeEngine();
    runner.before = () => [0];
    await expect(engine.infer(ask(`${shared}x`, 2))).rejects.toMatchObject({ code: 'Backend' });
    runner.before = () => undefined;
    expect((await engine.infer(ask(`${shared}x`, 2))).usage.cachedTokens).toBe(0);
    await engine.shutdown();
  });

  it('counts cached tokens once, though the request starts more than once', async () => {
    const { engine, runner } = openFakeEngine({ slots: 1, options: { maxRunningRequests: 1, prefillChunk: 4 } });
    await engine.infer(ask(shared.slice(0, 40), 1));
    const hits = engine.cacheMetricsSnapshot()?.hits;
    const before = runner.runs.length;
    const low = engine.infer(ask(shared, 2, { priority: 'low' }));
    while (runner.runs.length < before + 2) await nextTurn();
    await engine.infer(ask('urgent', 2, { priority: 'critical' }));
    expect((await low).usage.cachedTokens).toBe(40);
    expect((await low).timing.prefillTokensPerSecond).toBeGreaterThan(0);
    expect(engine.cacheMetricsSnapshot()?.hits).toBe((hits ?? 0) + 1);
    await engine.shutdown();
  });

  it('keeps salts apart', async () => {
    const { engine } = openFakeEngine();
    await engine.infer(ask(`${shared}one`, 2, { cacheSalt: 'alice' }));
    for (const more of [{}, { cacheSalt: 'bob' }]) {
      expect((await engine.infer(ask(`${shared}one`, 2, more))).usage.cachedTokens).toBe(0);
    }
    expect((await engine.infer(ask(`${shared}one`, 2, { cacheSalt: 'alice' }))).usage.cachedTokens).toBeGreaterThan(0);
    await engine.shutdown();
  });

  it('keeps to its budget, dropping what was not used for longest', async () => {
    const { engine } = openFakeEngine({ prefixCacheBytes: 30 * 4 * 16 });
    const ends = (await Promise.all(['a', 'b', 'c', 'd'].map((name) => engine.infer(ask(name.repeat(40), 2))))).length;
    expect(ends).toBe(4);
    const snapshot = engine.cacheMetricsSnapshot();
    expect(snapshot?.bytes).toBeLessThanOrEqual(30 * 4 * 16);
    expect(snapshot?.evictions).toBeGreaterThan(0);
    await engine.shutdown();
    const { engine: off } = openFakeEngine({ prefixCacheBytes: 0 });
    expect(off.cacheMetricsSnapshot()).toBeNull();
    await off.shutdown();
  });
});

describe('several answers', () => {
  it('share one prefill, each with numbers of its own', async () => {
    const { engine, runner } = openFakeEngine({ slots: 2, options: { maxRunningRequests: 2 }, prefixCacheBytes: 0 });
    const sampling = { temperature: 1, maxTokens: 12, seed: 7, n: 5, ignoreEos: true };
    const response = await engine.infer({ prompt: 'how many ways', raw: true, sampling });
    const prefilled = runner.runs.filter((run) => run.kind === 'extend').reduce((sum, run) => sum + run.tokens, 0);
    expect(prefilled).toBe('how many ways'.length);
    expect(response.choices).toHaveLength(5);
    expect(new Set(response.choices?.map(({ text }) => text)).size).toBe(5);
    expect(response.usage).toMatchObject({ promptTokens: 13, completionTokens: 60 });
    // The first is what one alone would be.
    const alone = await engine.infer({ prompt: 'how many ways', raw: true, sampling: { ...sampling, n: 1 } });
    expect(response.tokens).toEqual(alone.tokens);
    await engine.shutdown();
  });

  it('come from a prompt of one token too, echoed and scored', async () => {
    const { engine } = openFakeEngine();
    const sampling = { ...greedy(3), n: 2, echo: true, logprobs: true };
    const response = await engine.infer({ prompt: 'a', raw: true, sampling });
    const text = `a${expected('a', 3).map(fakeText).join('')}`;
    expect(response.choices?.map((choice) => choice.text)).toEqual([text, text]);
    expect(response.promptLogprobs).toEqual([null]);
    await engine.shutdown();
  });

  it('take one place in the queue together', async () => {
    const { engine } = openFakeEngine({ slots: 2, options: { maxRunningRequests: 2, maxWaitingRequests: 1 } });
    const sampling = { temperature: 1, seed: 1, maxTokens: 20, n: 12, ignoreEos: true };
    const many = engine.infer({ prompt: 'many', raw: true, sampling });
    for (let i = 0; i < 20; i++) await nextTurn();
    expect((await engine.infer(ask('one more', 3))).tokens).toEqual(expected('one more', 3));
    expect((await many).choices).toHaveLength(12);
    await engine.shutdown();
  });

  it('end alone when the scores of a prompt are no numbers', async () => {
    const { engine, runner } = openFakeEngine({ slots: 2, options: { maxRunningRequests: 2 } });
    const bystander = engine.infer(ask('bystander', 30));
    while (runner.runs.length < 3) await nextTurn();
    runner.before = ({ kind }) => (kind === 'extend' ? [1] : undefined);
    const sampling = { ...greedy(1), echo: true, logprobs: true };
    const scored = engine.infer({ prompt: 'scored', raw: true, sampling });
    await expect(scored).rejects.toMatchObject({ code: 'Backend' });
    expect((await bystander).tokens).toEqual(expected('bystander', 30));
    await engine.shutdown();
  });

  it('stream side by side, and the best of many is the most probable', async () => {
    const { engine } = openFakeEngine();
    const sampling = { temperature: 1, maxTokens: 4, seed: 3, n: 3, ignoreEos: true };
    const chunks = await read(engine.inferStream({ prompt: 'abc', raw: true, sampling }));
    expect(
      chunks
        .filter(({ finishReason }) => finishReason)
        .map(({ choice }) => choice)
        .sort(),
    ).toEqual([0, 1, 2]);
    expect(chunks.filter(({ usage }) => usage)).toEqual([chunks.at(-1)]);
    const whole = await engine.infer({ prompt: 'abc', raw: true, sampling });
    const streamed = chunks.filter(({ choice }) => choice === 1).flatMap(({ tokens }) => tokens);
    expect(streamed).toEqual(whole.choices?.[1]?.tokens);

    const all = await engine.infer({ prompt: 'abc', raw: true, sampling: { ...sampling, n: 6, logprobs: true } });
    const meanOf = (logprobs: readonly { logprob: number }[] = []) =>
      logprobs.reduce((sum, { logprob }) => sum + logprob, 0) / logprobs.length;
    const best = [...(all.choices ?? [])].sort((a, b) => meanOf(b.logprobs) - meanOf(a.logprobs));
    const two = await engine.infer({ prompt: 'abc', raw: true, sampling: { ...sampling, n: 2, bestOf: 6 } });
    expect(two.choices?.map(({ tokens }) => tokens)).toEqual(best.slice(0, 2).map(({ tokens }) => tokens));
    await expect(
      engine.inferStream({ prompt: 'abc', raw: true, sampling: { n: 1, bestOf: 2 } }).next(),
    ).rejects.toMatchObject({ code: 'RequestValidation', details: { parameter: 'sampling.bestOf' } });
    await engine.shutdown();
  });

  it('echo the prompt, with its log-probabilities', async () => {
    const { engine } = openFakeEngine();
    const prompt = 'echo this, please: more than one run of thirty-two';
    const sampling = { ...greedy(3), echo: true, logprobs: true, topLogprobs: 2 };
    const response = await engine.infer({ prompt, raw: true, sampling });
    const tokens = fakeTokenizer.encode(prompt);
    expect(response.text).toBe(prompt + expected(prompt, 3).map(fakeText).join(''));
    expect(response.promptLogprobs).toHaveLength(tokens.length);
    expect(response.promptLogprobs?.[0]).toBeNull();
    for (let i = 1; i < tokens.length; i++) {
      const logits = fakeLogits(tokens.slice(0, i));
      const logSum = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
      const one = response.promptLogprobs?.[i];
      expect(one?.token).toBe(tokens[i]);
      expect(one?.logprob).toBeCloseTo((logits[tokens[i] as number] as number) - logSum, 4);
      expect(one?.top[0]?.logprob).toBeCloseTo(Math.max(...logits) - logSum, 4);
    }
    expect(response.logprobs?.map(({ token, text }) => [token, text])).toEqual(
      response.tokens.map((token) => [token, fakeText(token)]),
    );
    await engine.shutdown();
  });
});

describe('stopping', () => {
  it('at stop tokens and stop texts, of which nothing shows, but not before minTokens', async () => {
    const { engine } = openFakeEngine();
    const tokens = expected('stop', 30);
    const at = 7;
    const stop = tokens[at] as number;
    const first = tokens.indexOf(stop);
    const byToken = await engine.infer(ask('stop', 30, { sampling: { ...greedy(30), stopTokens: [stop] } }));
    expect([byToken.tokens, byToken.finishReason]).toEqual([tokens.slice(0, first), 'stop']);
    const text = tokens.map(fakeText).join('');
    const stopText = text.slice(at, at + 3);
    const chunks = await read(
      engine.inferStream(ask('stop', 30, { sampling: { ...greedy(30), stopSequences: [stopText] } })),
    );
    expect(chunks.map((chunk) => chunk.text).join('')).toBe(text.slice(0, text.indexOf(stopText)));
    const late = await engine.infer(
      ask('stop', 30, { sampling: { ...greedy(30), stopSequences: [stopText], minTokens: at + 10 } }),
    );
    expect(late.tokens.length).toBeGreaterThanOrEqual(at + 10);
    const masked = await engine.infer(
      ask('stop', 30, { sampling: { ...greedy(30), stopTokens: [stop], minTokens: 30 } }),
    );
    expect(masked.tokens).toHaveLength(30);
    expect(masked.tokens).not.toContain(stop);
    await engine.shutdown();
  });
});

describe('inferBatch', () => {
  it('keeps order, isolates errors, tells its progress', async () => {
    const { engine } = openFakeEngine({ slots: 2, options: { maxRunningRequests: 2, maxWaitingRequests: 2 } });
    const requests = Array.from({ length: 20 }, (_, i) => (i === 7 ? ask('', 1) : ask(`request ${i}`, 1 + (i % 5))));
    const progress: number[] = [];
    const results = await engine.inferBatch(requests, { onProgress: ({ completed }) => progress.push(completed) });
    for (const [i, result] of results.entries()) {
      if (i === 7) expect(result).toMatchObject({ status: 'error', error: { code: 'RequestValidation' } });
      else expect(result).toMatchObject({ status: 'ok', response: { tokens: expected(`request ${i}`, 1 + (i % 5)) } });
    }
    expect(progress).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    const controller = new AbortController();
    const aborted = engine.inferBatch(
      Array.from({ length: 10 }, () => ask('x', 200)),
      { signal: controller.signal },
    );
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'Cancelled' });
    await engine.shutdown();
  });
});

describe('speculation', () => {
  it('changes no greedy text, by n-gram lookup or by a drafter that is right now and then', async () => {
    const repetitive = 'abcabcabcabc';
    const target = (tokens: readonly number[]) =>
      fakeGreedy(tokens, 4).map((token, i) => (i === 2 ? token + 1 : token) % 96);
    const { engine, runner } = openFakeEngine({
      drafter: { draft: (tokens, count) => target(tokens).slice(0, count) },
    });
    const looked = await engine.inferSpeculative(ask(repetitive, 40), { speculationDepth: 4 });
    expect(looked.tokens).toEqual(expected(repetitive, 40));
    const before = runner.runs.length;
    const drafted = await engine.inferSpeculative(ask(repetitive, 40), {
      speculationDepth: 4,
      draftModelConfig: { modelId: 'draft' },
    });
    expect(drafted.tokens).toEqual(expected(repetitive, 40));
    // Two of the first four; then three are drafted, as the third is wrong.
    expect(drafted.speculation.acceptanceRate).toBeCloseTo(2 / 3, 1);
    // Two drafted tokens and one of its own a run.
    expect(runner.runs.length - before).toBeLessThan(20);
    await engine.shutdown();
  });

  it('draws what plain decoding with the same seed draws', async () => {
    const { engine } = openFakeEngine({ drafter: { draft: (tokens, count) => fakeGreedy(tokens, count) } });
    const sampling = { temperature: 0.5, seed: 11, maxTokens: 40, ignoreEos: true };
    const plain = await engine.infer({ prompt: 'same', raw: true, sampling });
    const speculative = await engine.inferSpeculative(
      { prompt: 'same', raw: true, sampling },
      { speculationDepth: 3, draftModelConfig: { modelId: 'draft' } },
    );
    expect(speculative.tokens).toEqual(plain.tokens);
    await engine.shutdown();
  });

  it('stops drafting below the threshold, and refuses nonsense', async () => {
    const { engine, runner } = openFakeEngine({ drafter: { draft: (_, count) => Array(count).fill(1) } });
    const { speculation, tokens } = await engine.inferSpeculative(ask('nope', 60), {
      speculationDepth: 2,
      acceptanceThreshold: 0.9,
      draftModelConfig: { modelId: 'draft' },
    });
    expect(tokens).toEqual(expected('nope', 60));
    expect(speculation.draftedTokens).toBe(8);
    expect(runner.runs.filter((run: FakeRun) => run.kind === 'decode').length).toBeGreaterThan(40);
    await expect(engine.inferSpeculative(ask('x', 1), { speculationDepth: 0 })).rejects.toMatchObject({
      code: 'RequestValidation',
      details: { parameter: 'speculationDepth' },
    });
    await engine.shutdown();
  });
});

describe('exportState and importState', () => {
  it.each([true, false])(
    'finish elsewhere what had begun, with the same text (KV included: %s)',
    async (includeKvCache) => {
      const { engine, runner } = openFakeEngine({ slots: 2, options: { maxRunningRequests: 2 } });
      const sampled = { temperature: 1, seed: 5, maxTokens: 40, ignoreEos: true, logprobs: true };
      const requests: InferenceRequest[] = [
        ask('first of all', 60, { id: 'one' }),
        { id: 'two', prompt: 'second', raw: true, sampling: sampled },
        ask('third', 20, { id: 'three' }),
        { id: 'four', prompt: 'fourth', raw: true, sampling: { ...sampled, n: 2 } },
      ];
      const originals = requests.map((request) => engine.infer(request));
      while (runner.runs.length < 12) await nextTurn();
      const state = structuredClone(await engine.exportState({ includeKvCache }));
      expect(state.activeRequests.map(({ requestId }) => requestId)).toEqual(['one', 'two', 'three', 'four']);
      expect(state.activeRequests[0]).toMatchObject({ state: 'running', currentPhase: 'decode' });
      expect(state.activeRequests[0]?.generatedTokens.length).toBeGreaterThan(0);
      const expectations = await Promise.all(originals);

      const other = openFakeEngine({ slots: 2, options: { maxRunningRequests: 2 } });
      const restored = await other.engine.importState(state);
      const responses = await Promise.all(restored.map((request) => request.response()));
      for (const [i, response] of responses.entries()) {
        const original = expectations[i] as InferenceResponse;
        expect(response).toMatchObject({
          text: original.text,
          tokens: original.tokens,
          finishReason: original.finishReason,
        });
        expect(response.choices).toEqual(original.choices);
        expect(response.logprobs).toEqual(original.logprobs);
      }
      await engine.shutdown();
      await other.engine.shutdown();
    },
  );

  it('carry what presets and defaults said, and the scores of the prompt', async () => {
    const { engine, runner } = openFakeEngine();
    const config = engine.config();
    const presets = { ...config.sampling!.presets!, own: greedy(30) };
    await engine.reconfigure({ ...config, sampling: { ...config.sampling!, presets } });
    const request = { prompt: 'preset', raw: true, preset: 'own', sampling: { echo: true, logprobs: true } };
    const original = engine.infer(request);
    while (runner.runs.length < 8) await nextTurn();
    // As it comes back from a file.
    const state = JSON.parse(JSON.stringify(await engine.exportState()));
    const other = openFakeEngine();
    const [restored] = await other.engine.importState(state);
    const [response, whole] = [await restored!.response(), await original];
    expect(response).toMatchObject({
      text: whole.text,
      promptLogprobs: whole.promptLogprobs,
      logprobs: whole.logprobs,
    });
    await engine.shutdown();
    await other.engine.shutdown();
  });

  it('start nothing when one of the requests is damaged', async () => {
    const { engine, runner } = openFakeEngine();
    const pending = ['one', 'two'].map((prompt) => engine.infer(ask(prompt, 30)));
    while (runner.runs.length < 6) await nextTurn();
    const state = await engine.exportState();
    await Promise.all(pending);
    const other = openFakeEngine();
    const damaged = JSON.parse(JSON.stringify(state));
    damaged.activeRequests[1].allocatedResources.choices[0].sampler = 'none';
    await expect(other.engine.importState(damaged)).rejects.toMatchObject({ code: 'InvalidParameter' });
    expect(await other.engine.status()).toMatchObject({ activeRequests: 0, queuedRequests: 0 });
    for (const nonsense of [null, 7, {}, { ...state, activeRequests: 5 }, { ...state, activeRequests: [null] }]) {
      await expect(other.engine.importState(nonsense as unknown as typeof state)).rejects.toMatchObject({
        code: 'InvalidParameter',
      });
    }
    await engine.shutdown();
    await other.engine.shutdown();
  });

  it('refuse the state of another model, and what is damaged', async () => {
    const { engine } = openFakeEngine();
    const pending = engine.infer(ask('x', 30));
    const state = await engine.exportState();
    await pending;
    const other = openFakeEngine({ fingerprint: 'other weights' });
    await expect(other.engine.importState(state)).rejects.toMatchObject({ code: 'InvalidParameter' });
    const damaged = structuredClone(state) as unknown as { activeRequests: { promptTokens: unknown }[] };
    for (const request of damaged.activeRequests) request.promptTokens = [5000];
    await expect(engine.importState(damaged as unknown as typeof state)).rejects.toMatchObject({
      code: 'InvalidParameter',
    });
    await engine.shutdown();
    await other.engine.shutdown();
  });
});

describe('reconfigure', () => {
  it('changes what can change, at once, and nothing when something cannot', async () => {
    const { engine } = openFakeEngine();
    const config = engine.config();
    await engine.reconfigure({
      ...config,
      scheduler: { ...config.scheduler!, policy: 'sjf', maxWaitingRequests: 0 },
      sampling: {
        ...config.sampling!,
        presets: { ...config.sampling!.presets!, mine: { temperature: 0, maxTokens: 2 } },
      },
    });
    expect(engine.config().scheduler).toMatchObject({ policy: 'sjf', maxWaitingRequests: 0 });
    const outcomes = await Promise.allSettled('abcdef'.split('').map((prompt) => engine.infer(ask(prompt, 3))));
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(2);
    const now = engine.config();
    const bad = {
      ...now,
      scheduler: { ...now.scheduler!, maxWaitingRequests: 5 },
      backend: { ...now.backend, device: 'cuda:0' },
    };
    await expect(engine.reconfigure(bad)).rejects.toMatchObject({
      code: 'Config',
      message: expect.stringContaining('backend.device'),
    });
    expect(engine.config()).toEqual(now);
    await expect(
      engine.reconfigure({ ...now, scheduler: { ...now.scheduler!, maxRunningRequests: 99 } }),
    ).rejects.toMatchObject({ code: 'Config', message: expect.stringContaining('maxRunningRequests') });
    await engine.reconfigure({ ...now, scheduler: { ...now.scheduler!, maxWaitingRequests: 5 } });
    const { tokens } = await engine.infer({ prompt: 'x', raw: true, preset: 'mine' });
    expect(tokens).toEqual(expected('x', 2));
    await engine.shutdown();
  });
});

describe('calls with nonsense', () => {
  it('are refused by name, and the engine goes on', async () => {
    const { engine } = openFakeEngine();
    const nonsense = engine as unknown as Record<string, (...values: unknown[]) => Promise<unknown>>;
    const refused = (call: Promise<unknown> | undefined, code: string) => expect(call).rejects.toMatchObject({ code });
    await refused(nonsense.inferBatch?.({ prompt: 'a' }), 'RequestValidation');
    await refused(nonsense.inferBatch?.([ask('a', 1)], { onProgress: 5 }), 'InvalidParameter');
    await refused(nonsense.warmup?.(), 'RequestValidation');
    await refused(nonsense.inferSpeculative?.(ask('a', 1)), 'RequestValidation');
    await refused(nonsense.reconfigure?.(null), 'Config');
    await refused(nonsense.shutdown?.({ drainTimeoutMs: -1 }), 'InvalidParameter');
    expect(await nonsense.inferBatch?.([null, { prompt: 'a', signal: 7 }, ask('fine', 2)])).toMatchObject([
      { status: 'error', error: { code: 'RequestValidation' } },
      { status: 'error', error: { code: 'RequestValidation' } },
      { status: 'ok', response: { tokens: expected('fine', 2) } },
    ]);
    await engine.shutdown();
  });
});

describe('telling the truth', () => {
  it('in status, metrics, health and diagnostics', async () => {
    const { engine } = openFakeEngine({ slots: 2, options: { maxRunningRequests: 2 } });
    expect((await engine.diagnostics()).performanceAnalysis).toEqual({
      bottlenecks: [],
      recommendations: [],
      trends: {},
    });
    const { success, requestsProcessed } = await engine.warmup([ask('warm', 3), ask('', 1)]);
    expect([success, requestsProcessed]).toEqual([false, 1]);
    await engine.inferBatch(Array.from({ length: 30 }, (_, i) => ask(`number ${i}`, 6)));
    const metrics = engine.metrics();
    expect(metrics).toMatchObject({ totalRequests: 32, successfulRequests: 31, failedRequests: 1 });
    expect(metrics.tokensPerSecond).toBeGreaterThan(0);
    expect(metrics.queueMetrics).toMatchObject({ currentQueueLength: 0 });
    expect(engine.cacheMetricsSnapshot()?.decodeBatch?.maxItems).toBe(2);
    await engine.exportState();
    expect(engine.cacheMetricsSnapshot()?.executorModelLock?.samples).toBeGreaterThan(0);
    expect((await engine.status()).isReady).toBe(true);
    const { performanceAnalysis, systemInfo, resourceUsage } = await engine.diagnostics();
    expect(performanceAnalysis.trends).toHaveProperty('latencyTrend');
    expect(performanceAnalysis.bottlenecks.map(({ bottleneckType }) => bottleneckType)).toContain('queue');
    expect(systemInfo.totalMemoryBytes).toBeGreaterThan(0);
    expect(resourceUsage.memoryByComponent.prefixCache).toBeGreaterThan(0);
    await engine.shutdown();
    expect(await engine.status()).toMatchObject({ isReady: false, loadedModels: [] });
    expect((await engine.healthCheck()).status).toBe('unhealthy');
  });
});

/** Answers are given within a step; what they held is free at its end. */
async function settled(engine: ContinuousBatchEngine): Promise<void> {
  await engine.exportState();
}

async function abortAfter(controller: AbortController, turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await nextTurn();
  controller.abort();
}
