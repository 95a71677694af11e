import type { InferenceResponse, ReasoningOptions } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { describe } from 'vitest';
import { mapStream } from '../runner/testing/map-stream.js';
import { answering, asking, itIsFound, type MockEngine, streaming } from './testing/broken-models.js';

const on = 'reasoning: reasoning turned on: tells thoughts from the answer, counts them, and ends them in time';
const off = (what: string) => `reasoning: ${what}: the model thinks nothing`;
const cut = 'reasoning: thoughts that maxTokens cuts off end with length, and are given';
const streams = 'reasoning: a stream tells thoughts from the answer as the whole answer does';
const format = 'reasoning: the format of the answer is not that of the thoughts';
const back = 'reasoning: takes back what the model thought';
const refuses = 'reasoning: refuses what says nothing about reasoning, also beside a prompt';

/** Changes what is asked for, where reasoning is. */
const thinking = (engine: MockEngine, change: (reasoning: ReasoningOptions) => unknown) =>
  asking(engine, (request) => (request?.reasoning ? { ...request, reasoning: change(request.reasoning) } : request));

const counting = (engine: MockEngine, count: (usage: InferenceResponse['usage']) => number | undefined) =>
  answering(engine, ({ usage }) => ({ usage: { ...usage, reasoningTokens: count(usage) } }));

describe('the contract of reasoning finds', () => {
  itIsFound([
    {
      it: 'refuses to think within a budget',
      test: 'reasoning: a budget is taken, whether the model thinks or not',
      by: (engine) => ({
        infer: (request) => {
          if (request.reasoning?.maxTokens === undefined) return engine.infer(request);
          return Promise.reject(new FerrumError('Unsupported', 'This model does not think.'));
        },
      }),
    },
    {
      it: 'thinks without an end',
      test: on,
      by: (engine) =>
        counting(engine, ({ completionTokens, reasoningTokens }) => (reasoningTokens ? completionTokens : undefined)),
    },
    { it: 'counts no thoughts', test: on, by: (engine) => counting(engine, () => undefined) },
    {
      it: 'counts more thoughts than tokens',
      test: on,
      by: (engine) =>
        answering(engine, ({ usage, reasoning }) => (reasoning ? { usage: { ...usage, completionTokens: 4 } } : {})),
    },
    { it: 'counts half a thought', test: on, by: (engine) => counting(engine, () => 0.5) },
    {
      it: 'gives thoughts that it did not have',
      test: on,
      by: (engine) => answering(engine, () => ({ reasoning: '' })),
    },
    ...['reasoning turned off', 'no effort', 'no tokens of it'].map((what) => ({
      it: `cannot stop thinking when asked for ${what}`,
      test: off(what),
      by: (engine: MockEngine) => thinking(engine, () => ({ enabled: true, maxTokens: 4 })),
    })),
    {
      it: 'ends thoughts that are cut as if they were all',
      test: cut,
      by: (engine) => answering(engine, () => ({ finishReason: 'eos' })),
    },
    {
      it: 'throws away thoughts that are cut',
      test: cut,
      by: (engine) => answering(engine, () => ({ reasoning: undefined })),
    },
    {
      it: 'streams thoughts as text',
      test: streams,
      by: (engine) =>
        streaming(engine, (chunks) =>
          mapStream(chunks, ({ reasoning = '', ...chunk }) => ({ ...chunk, text: reasoning + chunk.text })),
        ),
    },
    {
      it: 'streams no thoughts',
      test: streams,
      by: (engine) => streaming(engine, (chunks) => mapStream(chunks, ({ reasoning: _, ...chunk }) => chunk)),
    },
    {
      it: 'counts no thoughts in streams',
      test: streams,
      by: (engine) =>
        streaming(engine, (chunks) =>
          mapStream(chunks, (chunk) =>
            chunk.usage ? { ...chunk, usage: { ...chunk.usage, reasoningTokens: 0 } } : chunk,
          ),
        ),
    },
    {
      it: 'takes thoughts for a part of the answer',
      test: format,
      by: (engine) => answering(engine, ({ text, reasoning = '' }) => ({ text: reasoning + text })),
    },
    {
      it: 'forgets formats where it thinks',
      test: format,
      by: (engine) =>
        asking(engine, (request) =>
          request.reasoning?.enabled
            ? { ...request, sampling: { ...request.sampling, responseFormat: undefined } }
            : request,
        ),
    },
    {
      it: 'refuses its own thoughts',
      test: back,
      by: (engine) => ({
        infer: (request) => {
          if (!request.messages?.some(({ reasoning }) => reasoning !== undefined)) return engine.infer(request);
          return Promise.reject(new FerrumError('RequestValidation', 'There are thoughts in a message.'));
        },
      }),
    },
    { it: 'takes anything for reasoning', test: refuses, by: (engine) => thinking(engine, () => ({ enabled: true })) },
    {
      it: 'overhears reasoning beside a prompt',
      test: refuses,
      by: (engine) => asking(engine, (request) => (request.prompt ? { ...request, reasoning: undefined } : request)),
    },
  ]);
});
