import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InferenceRequest } from '@ferrum/interfaces';
import { createModelStore } from '@ferrum/models';
import { afterAll, describe, expect, it } from 'vitest';
// The built package: importing a model runs in a worker thread, which needs JavaScript.
import type { ContinuousBatchEngine } from '../../dist/index.js';
import { openEngine, openReferenceEngine } from '../../dist/open-engine.js';
import { loadGgufFixture, loadHfFixture } from '../fixtures/load-fixture.js';
import { temporaryFolder } from '../testing/temporary-folder.js';

const models = createModelStore({ home: path.join(temporaryFolder(), 'home') });
const model = loadHfFixture('llama-gqa');
const names = ['plain', 'rank-stabilized', 'every-layer'] as const;
const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const resolve = () => Promise.reject(new Error('nothing else is needed'));
const engines: ContinuousBatchEngine[] = [];
afterAll(() => Promise.all(engines.map((engine) => engine.shutdown({ drainTimeoutMs: 0 }))));

async function open(options: object = {}, reference = model.location): Promise<ContinuousBatchEngine> {
  const context = { model: { reference }, models, resolve };
  const engine = await openEngine({ ...context, options: { threads: 1, quantization: 'float32', ...options } });
  engines.push(engine);
  return engine;
}

/** Log-probability of each token after the first, by PEFT's merged model. */
function expected(adapter: string | undefined): number[] {
  const bytes = readFileSync(adapter ? fixture(`${adapter}/logits.bin`) : path.join(model.location, 'logits.bin'));
  const logits = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const size = logits.length / model.tokens.length;
  return model.tokens.slice(1).map((token, i) => {
    const row = logits.subarray(i * size, (i + 1) * size);
    return (row[token] as number) - Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
  });
}

const chosen = (adapter: string | undefined) => (adapter === undefined ? {} : { adapter });

/** The text token by token, so that all but the first are decode rows. */
const decoded = async (engine: ContinuousBatchEngine, adapter?: string): Promise<number[]> => {
  const [first, ...forcedTokens] = model.tokens as [number, ...number[]];
  const sampling = { maxTokens: forcedTokens.length, forcedTokens, ignoreEos: true, logprobs: true, temperature: 0 };
  const { logprobs } = await engine.infer({ prompt: [first], sampling, ...chosen(adapter) });
  return (logprobs ?? []).map(({ logprob }) => logprob);
};

/** The text as a prompt. */
const read = async (engine: ContinuousBatchEngine, adapter?: string): Promise<number[]> => {
  const sampling = { maxTokens: 1, echo: true, logprobs: true, ignoreEos: true, temperature: 0 };
  const { promptLogprobs } = await engine.infer({ prompt: model.tokens, sampling, ...chosen(adapter) });
  return (promptLogprobs ?? []).slice(1).map((entry) => entry?.logprob ?? Number.NaN);
};

function furthest(actual: readonly number[], wanted: readonly number[]): number {
  expect(actual.length).toBe(wanted.length);
  return Math.max(...actual.map((value, i) => Math.abs(value - (wanted[i] as number))));
}

const mean = (actual: readonly number[], wanted: readonly number[]): number =>
  actual.reduce((sum, value, i) => sum + Math.abs(value - (wanted[i] as number)), 0) / actual.length;

const ask = (adapter: string | undefined, more: Partial<InferenceRequest> = {}): InferenceRequest =>
  ({
    prompt: model.tokens,
    sampling: { temperature: 0, maxTokens: 12, ignoreEos: true },
    ...chosen(adapter),
    ...more,
  }) as InferenceRequest;

describe('an engine with adapters', () => {
  it.each([
    ['safetensors', model.location],
    ['GGUF', loadGgufFixture('llama-f32').location],
  ])('computes what merged models do, in one batch and over a %s base', async (_format, reference) => {
    const adapters = Object.fromEntries(names.map((name) => [name, fixture(name)]));
    const engine = await open({ adapters }, reference);
    const all = [undefined, ...names, 'plain', undefined];
    const answers = await Promise.all(all.map((name) => decoded(engine, name)));
    for (const [i, name] of all.entries()) {
      expect(furthest(answers[i] as number[], expected(name)), `${name}`).toBeLessThan(1e-4);
      expect(furthest(await decoded(engine, name), expected(name)), `${name}, alone`).toBeLessThan(1e-4);
    }
    const prompts = await Promise.all(all.map((name) => read(engine, name)));
    for (const [i, name] of all.entries()) {
      expect(furthest(prompts[i] as number[], expected(name)), `${name}, as prompt`).toBeLessThan(1e-4);
    }
    expect(furthest(expected('plain'), expected(undefined))).toBeGreaterThan(0.01);
    expect(engine.loraMetricsSnapshot()).toMatchObject({
      enabled: true,
      adapterCount: 3,
      activeCacheBindings: 0,
      position: 'real-inference',
    });
    expect(engine.loraMetricsSnapshot()?.projectionApplications).toBeGreaterThan(1000);
    expect((await engine.status()).loadedModels).toContain(`${engine.modelId}:every-layer`);
  });

  it('reads GGUF adapters, and multiplies by a scale', async () => {
    const engine = await open();
    const info = await engine.loadAdapter({ name: 'a', path: fixture('plain.gguf') });
    expect(info).toMatchObject({ name: 'a', scale: 1, activeRequests: 0 });
    await engine.loadAdapter({ name: 'none', path: fixture('plain.gguf'), scale: 0 });
    expect(engine.adapters().map(({ name }) => name)).toEqual(['a', 'none']);
    expect(furthest(await decoded(engine, 'a'), expected('plain'))).toBeLessThan(1e-4);
    expect(furthest(await decoded(engine, 'none'), expected(undefined))).toBeLessThan(1e-4);
  });

  it.each(['int8', 'float32'] as const)(
    'keeps to the merged model in 8 bits, with a cache of %s',
    async (kvCacheType) => {
      const engine = await open({ quantization: 'int8', kvCacheType, adapters: { every: fixture('every-layer') } });
      const noise = mean(await read(engine), expected(undefined));
      const effect = mean(expected('every-layer'), expected(undefined));
      expect(mean(await read(engine, 'every'), expected('every-layer'))).toBeLessThan(2 * noise + effect / 20);
      expect(mean(await decoded(engine, 'every'), expected('every-layer'))).toBeLessThan(2 * noise + effect / 20);
      expect(2 * noise).toBeLessThan(effect / 2);
    },
  );

  it('gives back the bits of the base model when all are gone, and to rows without one', async () => {
    const engine = await open({ quantization: 'int8' });
    const before = [await decoded(engine), await read(engine)];
    await engine.loadAdapter({ name: 'plain', path: fixture('plain') });
    expect([await decoded(engine), await read(engine)]).toEqual(before);
    await engine.unloadAdapter('plain');
    expect(engine.loraMetricsSnapshot()).toBeNull();
    expect([await decoded(engine), await read(engine)]).toEqual(before);
  });

  it('loads and unloads while it serves, and keeps prefixes of one adapter from others', async () => {
    const engine = await open();
    const solo = new Map<string | undefined, readonly number[]>();
    solo.set(undefined, (await engine.infer(ask(undefined))).tokens);
    for (const name of names) {
      await engine.loadAdapter({ name, path: fixture(name) });
      solo.set(name, (await engine.infer(ask(name))).tokens);
      // The first time has filled the prefix cache under its name alone.
      expect((await engine.infer(ask(undefined))).tokens).toEqual(solo.get(undefined));
      await engine.unloadAdapter(name);
    }
    let isOver = false;
    const answers: Promise<void>[] = [];
    const serve = async (): Promise<void> => {
      while (!isOver) expect((await engine.infer(ask(undefined))).tokens).toEqual(solo.get(undefined));
    };
    answers.push(serve(), serve());
    for (let round = 0; round < 3; round++) {
      for (const name of names) await engine.loadAdapter({ name, path: fixture(name) });
      const running = names.map((name) => engine.infer(ask(name)));
      const leaving = names.map((name) => engine.unloadAdapter(name));
      await expect(engine.infer(ask('plain'))).rejects.toMatchObject({ code: 'RequestValidation' });
      for (const [i, answer] of running.entries()) expect((await answer).tokens).toEqual(solo.get(names[i]));
      await Promise.all(leaving);
      expect(engine.adapters()).toEqual([]);
    }
    isOver = true;
    await Promise.all(answers);
  });

  it('takes an adapter under the name of one that is gone for another', async () => {
    const engine = await open();
    await engine.loadAdapter({ name: 'x', path: fixture('plain') });
    await engine.infer(ask('x'));
    await engine.unloadAdapter('x');
    await engine.loadAdapter({ name: 'x', path: fixture('every-layer') });
    const { tokens, usage } = await engine.infer(ask('x'));
    expect(usage.cachedTokens ?? 0).toBe(0);
    expect(furthest(await decoded(engine, 'x'), expected('every-layer'))).toBeLessThan(1e-4);
    await engine.loadAdapter({ name: 'y', path: fixture('every-layer') });
    expect((await engine.infer(ask('y'))).tokens).toEqual(tokens);
  });

  it('speculates with the adapter, and goes on with it in another engine', async () => {
    const adapters = { every: fixture('every-layer') };
    const [engine, other] = [await open({ adapters }), await open({ adapters })];
    const { tokens } = await engine.infer(ask('every'));
    const speculative = await engine.inferSpeculative(ask('every'), { speculationDepth: 4 });
    expect(speculative.tokens).toEqual(tokens);
    const stream = engine.inferStream(ask('every'));
    await stream.next();
    const state = await engine.exportState({ includeKvCache: true });
    expect(state.activeRequests[0]?.request).toMatchObject({ adapter: 'every' });
    await stream.return?.();
    const [restored] = await other.importState(state);
    expect((await restored?.response())?.tokens).toEqual(tokens);
    await expect((await open()).importState(state)).rejects.toMatchObject({ code: 'RequestValidation' });
  });

  it('refuses what it cannot load or does not have, and goes on as before', async () => {
    const engine = await open();
    const load = (source: unknown) => engine.loadAdapter(source as never);
    const plain = fixture('plain');
    for (const [source, code] of [
      [{ name: '../x', path: plain }, 'InvalidParameter'],
      [{ name: '..', path: plain }, 'InvalidParameter'],
      [{ name: 'x' }, 'InvalidParameter'],
      [{ name: 'x', path: plain, scale: Number.NaN }, 'InvalidParameter'],
      [undefined, 'InvalidParameter'],
      [{ name: 'x', path: fixture('absent') }, 'NotFound'],
      [{ name: 'x', path: path.join(model.location, 'config.json') }, 'InvalidFormat'],
    ] as const) {
      await expect(load(source), JSON.stringify(source)).rejects.toMatchObject({ code });
    }
    await load({ name: 'x', path: plain });
    await expect(load({ name: 'x', path: plain })).rejects.toMatchObject({ code: 'InvalidParameter' });
    await expect(engine.unloadAdapter('y')).rejects.toMatchObject({ code: 'NotFound' });
    await expect(engine.infer(ask('y'))).rejects.toMatchObject({ code: 'RequestValidation' });
    await expect(engine.loadAdapter({ name: 'z', path: plain }, { signal: AbortSignal.abort() })).rejects.toMatchObject(
      { code: 'Cancelled' },
    );
    expect(engine.adapters().map(({ name }) => name)).toEqual(['x']);
    await expect(open({ adapters: { a: fixture('absent') } })).rejects.toMatchObject({ code: 'NotFound' });
    await expect(open({ adapters: { 'a/b': plain } })).rejects.toMatchObject({ code: 'InvalidParameter' });
    const context = { model: { reference: model.location }, models, resolve, options: {} };
    await using reference = await openReferenceEngine(context);
    await expect(reference.infer(ask('x'))).rejects.toMatchObject({ code: 'Unsupported' });
  });
});
