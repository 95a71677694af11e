import type { InferenceChoice, InferenceResponse, StreamChunk, ToolCall } from '@ferrum/interfaces';
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
  const reasoning = chunks.map((chunk) => chunk.reasoning ?? '').join('');
  const toolCalls = callsOf(chunks);
  return {
    text: chunks.map(({ text }) => text).join(''),
    ...(reasoning === '' ? {} : { reasoning }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
    tokens: chunks.flatMap(({ tokens }) => tokens),
    finishReason: chunks.find(({ finishReason }) => finishReason)?.finishReason ?? 'error',
    ...(chunks.some(({ logprobs }) => logprobs) ? { logprobs: chunks.flatMap(({ logprobs = [] }) => logprobs) } : {}),
  };
}

function callsOf(chunks: readonly StreamChunk[]): readonly ToolCall[] {
  const calls: ToolCall[] = [];
  for (const { index, id = '', name = '', arguments: piece } of chunks.flatMap(({ toolCalls = [] }) => toolCalls)) {
    const begun = calls[index];
    calls[index] = begun ? { ...begun, arguments: begun.arguments + piece } : { id, name, arguments: piece };
  }
  return calls;
}
