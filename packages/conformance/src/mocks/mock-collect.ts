import type { InferenceChoice, InferenceResponse, StreamChunk } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

/** Puts the chunks of a whole generation together. */
export function collectAnswer(chunks: readonly StreamChunk[], latencyMs: number): InferenceResponse {
  const last = chunks.at(-1);
  const count = 1 + Math.max(0, ...chunks.map(({ choice = 0 }) => choice));
  const choices = Array.from({ length: count }, (_, choice) =>
    choiceOf(chunks.filter((chunk) => (chunk.choice ?? 0) === choice)),
  );
  const [first] = choices;
  if (!first || !last?.usage || !last.timing) throw new FerrumError('Internal', 'The generation has no end.');
  const { requestId, usage, timing, metadata } = last;
  return {
    requestId,
    ...first,
    ...(count > 1 ? { choices } : {}),
    usage,
    timing,
    latencyMs,
    createdAt: new Date(),
    metadata,
  };
}

function choiceOf(chunks: readonly StreamChunk[]): InferenceChoice {
  return {
    text: chunks.map(({ text }) => text).join(''),
    tokens: chunks.flatMap(({ tokens }) => tokens),
    finishReason: chunks.find(({ finishReason }) => finishReason)?.finishReason ?? 'error',
    ...(chunks.some(({ logprobs }) => logprobs) ? { logprobs: chunks.flatMap(({ logprobs = [] }) => logprobs) } : {}),
  };
}
