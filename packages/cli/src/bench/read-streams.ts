import type { LlmInferenceEngine, TokenUsage } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

/** One stream of several that were started together. */
export interface StreamTrace {
  /** When the reader had each token, in ms since the start. */
  readonly tokenMs: readonly number[];
  readonly usage: TokenUsage;
}

/**
 * Starts a greedy generation for each prompt, all at once, and reads them to their end. The first that fails ends the
 * others.
 *
 * @throws FerrumError what the engine throws; `InvalidParameter` when an answer ends before `maxTokens`.
 */
export async function readStreams(
  engine: LlmInferenceEngine,
  prompts: readonly string[],
  maxTokens: number,
  signal: AbortSignal,
): Promise<readonly StreamTrace[]> {
  const failure = new AbortController();
  const start = performance.now();
  const read = async (prompt: string): Promise<StreamTrace> => {
    const sampling = { temperature: 0, maxTokens, ignoreEos: true };
    const streamSignal = AbortSignal.any([signal, failure.signal]);
    const tokenMs: number[] = [];
    for await (const chunk of engine.inferStream({ prompt, raw: true, sampling, signal: streamSignal })) {
      const now = performance.now() - start;
      for (const _ of chunk.tokens) tokenMs.push(now);
      if (!chunk.usage) continue;
      if (tokenMs.length < maxTokens) throw endedEarly(tokenMs.length, maxTokens);
      return { tokenMs, usage: chunk.usage };
    }
    throw new FerrumError('Backend', `The engine for ${engine.modelId} ended an answer without its usage.`);
  };
  const streams = prompts.map((prompt) =>
    read(prompt).catch((error: unknown) => {
      failure.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(streams);
  if (failure.signal.aborted) throw failure.signal.reason;
  return Promise.all(streams);
}

function endedEarly(tokens: number, maxTokens: number): FerrumError {
  return new FerrumError(
    'InvalidParameter',
    `An answer ended after ${tokens} of ${maxTokens} tokens: the context is full. ` +
      'Lower --prompt-tokens or --max-tokens, or raise --context-length.',
  );
}
