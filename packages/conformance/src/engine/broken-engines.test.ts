import type { InferenceResponse } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { describe } from 'vitest';
import { answering, asking, itIsFound } from '../text-generation/testing/broken-models.js';

const idle = 'reports a status that is true while it is idle';
const counts = 'counts a call while it runs and when it has ended';
const cancels = 'ends a call when its signal fires, counts it as failed, and goes on working';
const shutsDown = 'refuses calls and says so everywhere once it is shut down, which may happen twice';
const identity = 'implements version 1 of the specification and names its model';

describe('the contract of all engines finds', () => {
  itIsFound([
    { it: 'is of another specification', test: identity, by: () => ({ specificationVersion: '2' as '1' }) },
    {
      it: 'is configured for another model',
      test: identity,
      by: (engine) => ({ config: () => ({ ...engine.config(), model: { modelId: 'another' } }) }),
    },
    {
      it: 'is never ready',
      test: idle,
      by: (engine) => ({ status: async () => ({ ...(await engine.status()), isReady: false }) }),
    },
    {
      it: 'has no model loaded',
      test: idle,
      by: (engine) => ({ status: async () => ({ ...(await engine.status()), loadedModels: [] }) }),
    },
    {
      it: 'counts a call that does not run',
      test: idle,
      by: (engine) => ({ status: async () => ({ ...(await engine.status()), activeRequests: 1 }) }),
    },
    {
      it: 'is never well',
      test: 'says that it is healthy, and the worst of its components is what the whole is',
      by: (engine) => ({ healthCheck: async () => ({ ...(await engine.healthCheck()), status: 'warning' }) }),
    },
    {
      it: 'hides what runs',
      test: counts,
      by: (engine) => ({ status: async () => ({ ...(await engine.status()), activeRequests: 0, queuedRequests: 0 }) }),
    },
    {
      it: 'counts no call',
      test: counts,
      by: (engine) => {
        const atFirst = engine.metrics();
        return { metrics: () => atFirst };
      },
    },
    {
      it: 'counts a call twice',
      test: counts,
      by: (engine) => ({
        metrics: () => ({ ...engine.metrics(), totalRequests: 2 * engine.metrics().totalRequests }),
      }),
    },
    {
      it: 'mixes up calls at once',
      test: 'gives several calls at once the answers that each gets alone',
      by: (engine) => {
        let active = 0;
        return {
          infer: async (request) => {
            active += 1;
            const wasAlone = active === 1;
            const response = await engine.infer(request);
            active -= 1;
            return wasAlone ? response : { ...response, text: response.text.toUpperCase() };
          },
        };
      },
    },
    {
      it: 'answers a call whose signal has fired',
      test: 'refuses a call whose signal has fired already',
      by: (engine) => asking(engine, (request) => ({ ...request, signal: undefined })),
    },
    {
      it: 'goes on when the signal fires',
      test: cancels,
      by: (engine) => asking(engine, (request) => ({ ...request, signal: undefined })),
    },
    {
      it: 'never settles a call whose signal fires',
      test: cancels,
      by: (engine) => ({
        infer: (request) => engine.infer(request).catch(() => new Promise<InferenceResponse>(() => {})),
      }),
    },
    {
      it: 'loses the reason of a signal',
      test: cancels,
      by: (engine) => ({
        infer: (request) =>
          engine.infer(request).catch(() => {
            throw new FerrumError('Cancelled', 'The generation was cancelled.');
          }),
      }),
    },
    {
      it: 'throws plain errors',
      test: cancels,
      by: (engine) => ({
        infer: (request) =>
          engine.infer(request).catch((error) => {
            throw new Error(error.message, { cause: error.cause });
          }),
      }),
    },
    {
      it: 'counts a cancelled call as well done',
      test: cancels,
      by: (engine) => ({
        metrics: () => {
          const { totalRequests, ...metrics } = engine.metrics();
          return { ...metrics, totalRequests, successfulRequests: totalRequests, failedRequests: 0 };
        },
      }),
    },
    {
      it: 'cancels the others too',
      test: 'leaves the other calls alone when one is cancelled',
      by: (engine) => {
        let all = new AbortController();
        return {
          infer: async (request) => {
            request.signal?.addEventListener('abort', () => {
              all.abort();
              all = new AbortController();
            });
            return engine.infer({ ...request, signal: all.signal });
          },
        };
      },
    },
    {
      it: 'cannot be shut down twice',
      test: shutsDown,
      by: (engine) => {
        let isOpen = true;
        return {
          shutdown: async () => {
            if (!isOpen) throw new Error('is shut down already');
            isOpen = false;
            await engine.shutdown();
          },
        };
      },
    },
    { it: 'answers when it is shut down', test: shutsDown, by: () => ({ shutdown: async () => {} }) },
    {
      it: 'is ready when it is shut down',
      test: shutsDown,
      by: (engine) => ({ status: async () => ({ ...(await engine.status()), isReady: true }) }),
    },
    {
      it: 'is well when it is shut down',
      test: shutsDown,
      by: (engine) => ({ healthCheck: async () => ({ ...(await engine.healthCheck()), status: 'healthy' }) }),
    },
    {
      it: 'leaves calls open when it is shut down',
      test: 'ends what runs when it is shut down without a time to drain',
      by: (engine) => ({
        infer: (request) => engine.infer(request).catch(() => new Promise<InferenceResponse>(() => {})),
      }),
    },
    {
      it: 'leaves a timer behind',
      test: 'leaves no timer, thread or connection open when it is disposed',
      by: (engine) => {
        setTimeout(() => {}, 5000);
        return { modelId: engine.modelId };
      },
    },
    {
      it: 'says too little',
      test: 'refuses a bad value of id',
      by: (engine) => ({
        infer: (request) =>
          engine.infer(request).catch((error) => {
            throw new FerrumError(error.code, 'bad');
          }),
      }),
    },
    {
      it: 'is made ill by bad requests',
      test: 'is not disturbed by bad requests, neither what runs nor what comes after',
      by: (engine) => {
        let isIll = false;
        return {
          ...answering(engine, () => ({})),
          infer: (request) =>
            engine.infer(request).catch((error) => {
              isIll = true;
              throw error;
            }),
          healthCheck: async () => ({ ...(await engine.healthCheck()), ...(isIll ? { status: 'warning' } : {}) }),
        };
      },
    },
  ]);
});
