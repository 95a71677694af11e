import assert from 'node:assert/strict';
import type { InferenceRequest, LlmInferenceEngine } from '@ferrum/interfaces';
import { greedy, type TextSubject } from './requests.js';

export type AdapterCalls = Required<Pick<LlmInferenceEngine, 'loadAdapter' | 'unloadAdapter' | 'adapters'>>;

/** What an answer is told from another by: its text and, where the engine tells them, how probable its tokens were. */
export interface Answered {
  readonly text: string;
  readonly logprobs: readonly number[];
}

/** @throws AssertionError where the engine lacks the calls of the feature `lora` */
export function adaptersOf(engine: LlmInferenceEngine): AdapterCalls {
  const { loadAdapter, unloadAdapter, adapters } = engine;
  assert.ok(loadAdapter && unloadAdapter && adapters, 'The engine lacks loadAdapter(), unloadAdapter() or adapters().');
  return {
    loadAdapter: loadAdapter.bind(engine),
    unloadAdapter: unloadAdapter.bind(engine),
    adapters: adapters.bind(engine),
  };
}

/** Names of those that are loaded. */
export const namesOf = ({ adapters }: Pick<AdapterCalls, 'adapters'>): readonly string[] =>
  adapters().map(({ name }) => name);

export const withAdapter = (prompt: string, maxTokens: number, adapter?: string): InferenceRequest => ({
  ...greedy(prompt, maxTokens),
  ...(adapter === undefined ? {} : { adapter }),
});

export async function answerOf({ engine, has }: TextSubject, prompt: string, adapter?: string): Promise<Answered> {
  const request = withAdapter(prompt, 8, adapter);
  const sampling = { ...request.sampling, ...(has('logprobs') ? { logprobs: true } : {}) };
  const { text, logprobs = [] } = await engine.infer({ ...request, sampling } as InferenceRequest);
  return { text, logprobs: logprobs.map(({ logprob }) => logprob) };
}

/** How unlike two answers are, 0 where they are the same. */
export function distance(one: Answered, other: Answered): number {
  const differences = one.logprobs.map((logprob, index) => Math.abs(logprob - (other.logprobs[index] ?? 0)));
  const mean = differences.reduce((sum, difference) => sum + difference, 0) / Math.max(1, differences.length);
  return mean + Number(one.text !== other.text);
}

/** Whether two answers are not of the same model. Sums in another order differ by less. */
export function differ(one: Answered, other: Answered): boolean {
  if (one.text !== other.text) return true;
  return one.logprobs.some((logprob, index) => Math.abs(logprob - (other.logprobs[index] ?? 0)) > 1e-3);
}
