import type { InferenceRequest, ResponseFormat } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { describe } from 'vitest';
import { answering, asking, itIsFound, type MockEngine, sampling } from './testing/broken-models.js';

const follows = (what: string) => `grammar: answers follow ${what}, however they are sampled, streamed too`;
const cut = 'grammar: an answer that maxTokens cuts off ends with length, and begins as one that fits';
const beside = 'grammar: answers side by side, free ones among them, do not disturb each other';
const malformed = 'grammar: refuses what is malformed, and goes on';

const formatOf = (request: InferenceRequest): ResponseFormat | undefined => request?.sampling?.responseFormat;

/** Forgets formats of some kinds. */
const forgetting = (engine: MockEngine, ...types: readonly string[]) =>
  asking(engine, (request) =>
    types.includes(formatOf(request)?.type ?? '')
      ? { ...request, sampling: { ...request.sampling, responseFormat: undefined } }
      : request,
  );

describe('the contract of grammars finds', () => {
  itIsFound([
    { it: 'ignores grammars', test: follows('a grammar'), by: (engine) => forgetting(engine, 'grammar') },
    {
      it: 'ignores expressions',
      test: follows('a regular expression'),
      by: (engine) => forgetting(engine, 'regex'),
    },
    { it: 'ignores choices', test: follows('a list of texts'), by: (engine) => forgetting(engine, 'choice') },
    {
      it: 'goes on after the end of a format',
      test: follows('a list of texts'),
      by: (engine) => answering(engine, ({ text }) => ({ text: `${text}.` })),
    },
    {
      it: 'ignores formats where it samples',
      test: follows('a grammar'),
      by: (engine) =>
        asking(engine, (request) =>
          request.sampling?.temperature === 0
            ? request
            : { ...request, sampling: { ...request.sampling, responseFormat: undefined } },
        ),
    },
    {
      it: 'ignores formats in streams',
      test: follows('a regular expression'),
      by: (engine) => ({
        inferStream: (request) =>
          engine.inferStream({ ...request, sampling: { ...request.sampling, responseFormat: undefined } } as never),
      }),
    },
    {
      it: 'does not say that an answer is complete',
      test: follows('a grammar'),
      by: (engine) => answering(engine, () => ({ finishReason: 'length' })),
    },
    {
      it: 'says that a cut answer is complete',
      test: cut,
      by: (engine) => answering(engine, () => ({ finishReason: 'eos' })),
    },
    {
      it: 'completes what maxTokens cuts off',
      test: cut,
      by: (engine) => answering(engine, ({ text }) => ({ text: `${text} tock` })),
    },
    {
      it: 'has one format at a time for all',
      test: beside,
      by: (engine) => {
        let running = 0;
        let format: ResponseFormat | undefined;
        return {
          infer: async (request) => {
            running += 1;
            if (running === 1) format = formatOf(request);
            try {
              return await engine.infer({
                ...request,
                sampling: { ...request.sampling, responseFormat: format },
              } as InferenceRequest);
            } finally {
              running -= 1;
            }
          },
        };
      },
    },
    {
      it: 'takes anything for a grammar',
      test: malformed,
      by: (engine) => sampling(engine, { responseFormat: { type: 'choice', choices: ['yes'] } }),
    },
    {
      it: 'takes what is malformed for a failure of its own',
      test: malformed,
      by: (engine) => ({
        infer: (request) =>
          engine.infer(request).catch((cause) => {
            throw new FerrumError('Internal', 'Something went wrong inside.', { cause });
          }),
      }),
    },
    {
      it: 'falls ill of a malformed grammar',
      test: malformed,
      by: (engine) => {
        let isIll = false;
        return {
          infer: async (request) => {
            if (isIll) return engine.infer({ ...request, sampling: { maxTokens: 1 } } as InferenceRequest);
            return engine.infer(request).catch((error) => {
              isIll = JSON.stringify(formatOf(request)).includes('[7]');
              throw error;
            });
          },
        };
      },
    },
  ]);
});
