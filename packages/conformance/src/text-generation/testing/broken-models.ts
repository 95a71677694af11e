import { setTimeout as sleep } from 'node:timers/promises';
import type { InferenceRequest, LlmInferenceEngine, SamplingParams, StreamChunk } from '@ferrum/interfaces';
import { expect, it } from 'vitest';
import { type MockLanguageModel, mockLanguageModel } from '../../mocks/mock-language-model.js';
import { mockLanguageModelFeatures } from '../../mocks/mock-request.js';
import { failureOf } from '../../runner/testing/recording-runner.js';
import { describeTextGeneration } from '../describe-text-generation.js';
import { mockAdapter } from './mock-adapter.js';

const adapter = mockAdapter();

export type MockEngine = MockLanguageModel['engine'];

/** One promise that an engine breaks: what it does, the test that has to find it, and what makes it do so. */
export interface Breakage {
  readonly it: string;
  readonly test: string;
  readonly by: (engine: MockEngine) => Partial<MockEngine>;
}

/** A token a millisecond, so that there is time to be interrupted. */
export const paced = { beforePiece: () => sleep(1), contextLength: 400 };

/** Expects each broken mock to fail the test that is about it. */
export function itIsFound(breakages: readonly Breakage[]): void {
  it.each(breakages.map((breakage) => [breakage.it, breakage] as const))(
    'an engine that %s',
    async (_, { test, by }) => {
      const open = async (): Promise<LlmInferenceEngine> => {
        const { engine } = mockLanguageModel(paced);
        return { ...engine, ...by(engine) };
      };
      const options = { features: mockLanguageModelFeatures, contextLength: 400, timeoutMs: 2000, adapter };
      const failure = await failureOf((runner) => describeTextGeneration(runner, open, options), test);
      expect(failure, `"${test}" passes`).toBeInstanceOf(Error);
    },
  );
}

/** Answers another request than it was asked. */
export function asking(engine: MockEngine, change: (request: InferenceRequest) => unknown): Partial<MockEngine> {
  const changed = (request: InferenceRequest) => change(request) as InferenceRequest;
  return {
    infer: (request) => engine.infer(changed(request)),
    inferStream: (request) => engine.inferStream(changed(request)),
  };
}

/** With some of the sampling values set to others, or dropped. */
export function sampling(
  engine: MockEngine,
  values: { readonly [F in keyof SamplingParams]?: unknown },
): Partial<MockEngine> {
  return asking(engine, (request) => {
    if (!request?.sampling) return request;
    return { ...request, sampling: { ...request.sampling, ...values } };
  });
}

/** Changes the whole answer. */
export function answering(
  engine: MockEngine,
  change: (response: Awaited<ReturnType<MockEngine['infer']>>, request: InferenceRequest) => object,
): Partial<MockEngine> {
  return {
    infer: async (request) => {
      const response = await engine.infer(request);
      return { ...response, ...change(response, request) };
    },
  };
}

/** Changes a stream. */
export function streaming(
  engine: MockEngine,
  change: (chunks: AsyncIterable<StreamChunk>, request: InferenceRequest) => AsyncIterable<StreamChunk>,
): Partial<MockEngine> {
  return { inferStream: (request) => change(engine.inferStream(request), request) };
}
