import { FerrumError } from '@ferrum/registry/errors';
import { describe } from 'vitest';
import { mockLanguageModel } from '../mocks/mock-language-model.js';
import { answering, asking, itIsFound, paced } from './testing/broken-models.js';

const cache = 'prefix-cache: a prompt that was read before is not read again, unless its salt is another';
const batch = 'advanced: inferBatch keeps the order, and one bad request leaves the others alone';
const warmup = 'advanced: warmup runs what it is given, and lists what failed';
const configured =
  'advanced: reconfigure takes the configuration in force, and refuses another model, which changes nothing';
const exported = 'advanced: exportState holds what runs, which goes on';
const imported = 'advanced: importState takes up in another engine what ran, and answers all of it';

describe('the contract of many requests finds', () => {
  itIsFound([
    {
      it: 'answers one after the other',
      test: 'batching: two requests are answered side by side',
      by: () => mockLanguageModel({ ...paced, maxRunningRequests: 1 }).engine,
    },
    {
      it: 'reads every prompt anew',
      test: cache,
      by: (engine) => answering(engine, ({ usage }) => ({ usage: { ...usage, cachedTokens: 0 } })),
    },
    {
      it: 'ignores the salt',
      test: cache,
      by: (engine) => asking(engine, ({ cacheSalt: _, ...request }) => request),
    },
    {
      it: 'ignores the priority',
      test: 'priority: the most urgent of those who wait goes first',
      by: (engine) => asking(engine, ({ priority: _, ...request }) => request),
    },
    {
      it: 'turns a batch round',
      test: batch,
      by: (engine) => ({
        inferBatch: async (requests, options) => [...(await engine.inferBatch(requests, options))].reverse(),
      }),
    },
    {
      it: 'fails a batch for one request',
      test: batch,
      by: (engine) => ({
        inferBatch: async (requests, options) => {
          const results = await engine.inferBatch(requests, options);
          for (const result of results) if (result.status === 'error') throw result.error;
          return results;
        },
      }),
    },
    {
      it: 'keeps the progress of a batch to itself',
      test: batch,
      by: (engine) => ({ inferBatch: (requests) => engine.inferBatch(requests) }),
    },
    {
      it: 'goes on with a batch whose signal fires',
      test: 'advanced: inferBatch refuses what is no list, and ends when its signal fires',
      by: (engine) => ({ inferBatch: (requests) => engine.inferBatch(requests) }),
    },
    {
      it: 'speculates another text',
      test: 'advanced: inferSpeculative gives the greedy text, and counts what it drafted',
      by: (engine) => ({
        inferSpeculative: async (request, config) => ({
          ...(await engine.inferSpeculative(request, config)),
          text: 'other',
        }),
      }),
    },
    {
      it: 'accepts more than it drafts',
      test: 'advanced: inferSpeculative gives the greedy text, and counts what it drafted',
      by: (engine) => ({
        inferSpeculative: async (request, config) => ({
          ...(await engine.inferSpeculative(request, config)),
          speculation: { draftedTokens: 1, acceptedTokens: 2, acceptanceRate: 2 },
        }),
      }),
    },
    {
      it: 'finds every warm-up a success',
      test: warmup,
      by: (engine) => ({ warmup: async (requests) => ({ ...(await engine.warmup(requests)), success: true }) }),
    },
    {
      it: 'warms up nothing',
      test: warmup,
      by: (engine) => ({ warmup: () => engine.warmup([]) }),
    },
    {
      it: 'reports features that it does not declare',
      test: 'advanced: diagnostics tells the configuration, the metrics and the features as they are',
      by: (engine) => ({
        diagnostics: async () => {
          const { systemInfo, ...report } = await engine.diagnostics();
          const runtimeInfo = { ...systemInfo.runtimeInfo, featureFlags: ['magic'] };
          return { ...report, systemInfo: { ...systemInfo, runtimeInfo } };
        },
      }),
    },
    { it: 'takes any configuration', test: configured, by: () => ({ reconfigure: async () => {} }) },
    {
      it: 'refuses its own configuration',
      test: configured,
      by: () => ({
        reconfigure: async () => {
          throw new FerrumError('Config', 'Nothing can be changed here.');
        },
      }),
    },
    {
      it: 'exports nothing',
      test: exported,
      by: (engine) => ({ exportState: async () => ({ ...(await engine.exportState()), activeRequests: [] }) }),
    },
    {
      it: 'ends what it exports',
      test: exported,
      by: (engine) => {
        const end = new AbortController();
        return {
          infer: (request) =>
            engine.infer({ ...request, signal: request.id === 'moving' ? end.signal : request.signal }),
          exportState: async () => {
            const state = await engine.exportState();
            end.abort();
            return state;
          },
        };
      },
    },
    { it: 'imports nothing', test: imported, by: () => ({ importState: async () => [] }) },
    {
      it: 'answers something else after an import',
      test: imported,
      by: (engine) => ({
        importState: async (state) =>
          (await engine.importState(state)).map((restored) => ({
            ...restored,
            response: async () => ({ ...(await restored.response()), text: 'other' }),
          })),
      }),
    },
    {
      it: 'imports the state of another model',
      test: 'advanced: importState refuses the state of another model, and what is none',
      by: () => ({ importState: async () => [] }),
    },
  ]);
});
