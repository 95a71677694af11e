import type { AdapterInfo } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { describe, expect, it } from 'vitest';
import { mockLanguageModel } from '../mocks/mock-language-model.js';
import { mockLanguageModelFeatures } from '../mocks/mock-request.js';
import { runRecorded } from '../runner/testing/recording-runner.js';
import { describeTextGeneration } from './describe-text-generation.js';
import { asking, itIsFound, type MockEngine } from './testing/broken-models.js';

const changes =
  'lora: an adapter changes the answers of requests that name it, from when it is loaded until it is unloaded';
const tells = 'lora: tells of each adapter what it is, in the order of loading';
const scales = 'lora: its scale multiplies what it adds';
const beside = 'lora: requests with several adapters and without one go side by side';
const waits = 'lora: unloading waits for those who use it, and lets in no others';
const refuses = 'lora: refuses what it cannot load, and what is not there, and goes on';

const telling = (engine: MockEngine, change: Partial<AdapterInfo>): Partial<MockEngine> => ({
  loadAdapter: async (source) => ({ ...(await engine.loadAdapter(source)), ...change }),
});

const listing = (engine: MockEngine, change: (all: readonly AdapterInfo[]) => readonly AdapterInfo[]) => ({
  adapters: () => change(engine.adapters()),
});

const failing = (engine: MockEngine, code: 'Internal' | 'InvalidFormat'): Partial<MockEngine> => ({
  loadAdapter: (source, options) =>
    engine.loadAdapter(source, options).catch((cause) => {
      throw new FerrumError(code, 'It could not be loaded.', { cause });
    }),
});

describe('the contract of adapters finds', () => {
  itIsFound([
    {
      it: 'applies no adapter',
      test: changes,
      by: (engine) =>
        asking(engine, ({ adapter, ...request }) =>
          adapter !== undefined && engine.adapters().some(({ name }) => name === adapter)
            ? request
            : { ...request, ...(adapter === undefined ? {} : { adapter }) },
        ),
    },
    {
      it: 'applies an adapter to every request',
      test: changes,
      by: (engine) => asking(engine, (request) => ({ adapter: engine.adapters()[0]?.name, ...request })),
    },
    {
      it: 'answers for adapters that are not there',
      test: changes,
      by: (engine) =>
        asking(engine, ({ adapter, ...request }) =>
          engine.adapters().some(({ name }) => name === adapter) ? { ...request, adapter } : request,
        ),
    },
    {
      it: 'keeps adapters when they are unloaded',
      test: changes,
      by: () => ({ unloadAdapter: async () => {} }),
    },
    { it: 'lacks loadAdapter()', test: changes, by: () => ({ loadAdapter: undefined as never }) },
    { it: 'tells another name', test: tells, by: (engine) => telling(engine, { name: 'x' }) },
    { it: 'tells no rank', test: tells, by: (engine) => telling(engine, { rank: Number.NaN }) },
    { it: 'tells no targets', test: tells, by: (engine) => telling(engine, { targets: [] }) },
    { it: 'counts no bytes', test: tells, by: (engine) => telling(engine, { bytes: 0 }) },
    { it: 'is used before it is', test: tells, by: (engine) => telling(engine, { activeRequests: 1 }) },
    { it: 'lists none', test: tells, by: (engine) => listing(engine, () => []) },
    { it: 'lists the last first', test: tells, by: (engine) => listing(engine, (all) => [...all].reverse()) },
    {
      it: 'lists them otherwise than it told',
      test: tells,
      by: (engine) => listing(engine, (all) => all.map((one) => ({ ...one, rank: one.rank + 1 }))),
    },
    {
      it: 'ignores the scale',
      test: scales,
      by: (engine) => ({ loadAdapter: ({ name, path }) => engine.loadAdapter({ name, path }) }),
    },
    {
      it: 'takes any scale for 1, but 0',
      test: scales,
      by: (engine) => ({
        loadAdapter: ({ scale, ...source }) => engine.loadAdapter({ ...source, scale: scale === 0 ? 0 : 1 }),
      }),
    },
    {
      it: 'has one adapter at a time for all',
      test: beside,
      by: (engine) => {
        let running = 0;
        let shared: string | undefined;
        return {
          infer: async (request) => {
            running += 1;
            if (running === 1) shared = request.adapter;
            const { adapter: _, ...others } = request;
            try {
              return await engine.infer({ ...others, ...(shared === undefined ? {} : { adapter: shared }) });
            } finally {
              running -= 1;
            }
          },
        };
      },
    },
    {
      it: 'unloads what is in use',
      test: waits,
      by: (engine) => ({ unloadAdapter: async (name) => void engine.unloadAdapter(name) }),
    },
    {
      it: 'counts nobody who uses an adapter',
      test: waits,
      by: (engine) => listing(engine, (all) => all.map((one) => ({ ...one, activeRequests: 0 }))),
    },
    {
      it: 'measures no adapters',
      test: waits,
      by: () => ({ loraMetricsSnapshot: () => null }),
    },
    {
      it: 'lets requests in while it unloads',
      test: waits,
      by: (engine) => ({
        infer: (request) =>
          engine.infer(request).catch(() => engine.infer({ ...request, adapter: undefined } as never)),
      }),
    },
    {
      it: 'takes any name',
      test: refuses,
      by: (engine) => ({
        loadAdapter: (source, options) =>
          engine.loadAdapter({ ...source, name: String(source?.name).replace(/\W+/g, '_') || '_' }, options),
      }),
    },
    { it: 'fails where it should refuse', test: refuses, by: (engine) => failing(engine, 'Internal') },
    { it: 'finds everything damaged', test: refuses, by: (engine) => failing(engine, 'InvalidFormat') },
    {
      it: 'loads for nobody',
      test: refuses,
      by: (engine) => ({ loadAdapter: (source) => engine.loadAdapter(source) }),
    },
    {
      it: 'unloads what is not there',
      test: refuses,
      by: (engine) => ({ unloadAdapter: (name) => engine.unloadAdapter(name).catch(() => {}) }),
    },
    {
      it: 'puts another adapter in the place of one that is loaded',
      test: refuses,
      by: (engine) => ({
        loadAdapter: async (source, options) => {
          const taken = engine.adapters().some(({ name }) => name === source?.name);
          if (taken) await engine.unloadAdapter(source.name);
          return engine.loadAdapter(source, options);
        },
      }),
    },
  ]);
});

it('a suite that was given no adapter says that it tests none', async () => {
  const tests = await runRecorded(
    (runner) =>
      describeTextGeneration(runner, async () => mockLanguageModel().engine, { features: mockLanguageModelFeatures }),
    (name) => name.startsWith('lora'),
  );
  const about = tests.filter(({ name }) => name.startsWith('lora'));
  expect(about).toEqual([
    { name: 'lora: adapters are loaded, used and unloaded', skipped: 'give the path of one as the option `adapter`' },
  ]);
});
