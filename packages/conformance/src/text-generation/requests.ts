import type {
  InferenceRequest,
  LlmInferenceEngine,
  PromptRequest,
  SamplingParams,
  StreamChunk,
} from '@ferrum/interfaces';
import { collect } from '../engine/collect.js';
import type { Subject } from '../engine/subject.js';

export type TextSubject = Subject<LlmInferenceEngine>;

/** A request that has the same answer each time. */
export function greedy(prompt: string, maxTokens: number, sampling: Partial<SamplingParams> = {}): PromptRequest {
  return { prompt, sampling: { temperature: 0, maxTokens, ...sampling } };
}

/** One whose answers differ, if the engine samples. */
export function hot(prompt: string, maxTokens: number, sampling: Partial<SamplingParams> = {}): PromptRequest {
  return { prompt, sampling: { temperature: 1.5, maxTokens, ...sampling } };
}

/** What no engine should take: the types are there for the callers, not for what comes over a network. */
export const untyped = (request: unknown): InferenceRequest => request as InferenceRequest;

export const stream = (engine: LlmInferenceEngine, request: InferenceRequest): Promise<readonly StreamChunk[]> =>
  collect(engine.inferStream(request));

export function textOf(chunks: readonly StreamChunk[], choice?: number): string {
  return chunks
    .filter((chunk) => choice === undefined || chunk.choice === choice)
    .map(({ text }) => text)
    .join('');
}

/** What stands for part of a character, where an answer was cut inside it. */
export const withoutCutCharacter = (text: string): string => text.replace(/\uFFFD+$/, '');
