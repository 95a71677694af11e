import type { StreamChunk, ToolCallDelta } from '@ferrum/interfaces';
import { now, toUsage } from '../generation/generation-result.js';
import { toChatLogprobs } from './chat-logprobs.js';
import { chatFinishReason } from './chat-response.js';

export interface ChatStreamOptions {
  readonly id: string;
  readonly model: string;
  readonly includeUsage: boolean;
  /** Whether calls are answered as `function_call`, to a request with `functions`. */
  readonly isLegacy?: boolean;
}

/** Chunks as the API has them: the role first, then what was thought, said and called, then why it ended, then the usage if asked for. */
export async function* chatChunks(chunks: AsyncIterable<StreamChunk>, options: ChatStreamOptions) {
  const { id, model, includeUsage, isLegacy = false } = options;
  const common = { id, object: 'chat.completion.chunk' as const, created: now(), model };
  const begun = new Set<number>();
  const chunk = (index: number, delta: object, logprobs: StreamChunk['logprobs'], finishReason: string | null) => ({
    ...common,
    choices: [{ index, delta, logprobs: toChatLogprobs(logprobs), finish_reason: finishReason }],
    ...(includeUsage ? { usage: null } : {}),
  });
  let usage: StreamChunk['usage'];
  for await (const piece of chunks) {
    const { choice = 0, finishReason, usage: last } = piece;
    if (!begun.has(choice)) {
      begun.add(choice);
      yield chunk(choice, { role: 'assistant', content: '', refusal: null }, undefined, null);
    }
    // The tokens of a piece that holds several things are told of with the first.
    let logprobs = piece.logprobs?.length ? piece.logprobs : undefined;
    for (const delta of deltasOf(piece, isLegacy)) {
      yield chunk(choice, delta, logprobs, null);
      logprobs = undefined;
    }
    if (logprobs !== undefined) yield chunk(choice, { content: '' }, logprobs, null);
    if (finishReason !== undefined) yield chunk(choice, {}, undefined, chatFinishReason(finishReason, isLegacy));
    usage = last ?? usage;
  }
  if (includeUsage && usage !== undefined) yield { ...common, choices: [], usage: toUsage(usage) };
}

function* deltasOf({ reasoning = '', text, toolCalls = [] }: StreamChunk, isLegacy: boolean): Generator<object> {
  if (reasoning !== '') yield { reasoning_content: reasoning };
  if (text !== '') yield { content: text };
  for (const piece of toolCalls) yield* isLegacy ? legacyDeltas(piece) : callDeltas(piece);
}

function* callDeltas({ index, id, name, arguments: json }: ToolCallDelta): Generator<object> {
  const piece = (fields: object) => ({ tool_calls: [{ index, ...fields }] });
  if (id !== undefined) yield piece({ id, type: 'function', function: { name, arguments: '' } });
  if (json !== '') yield piece({ function: { arguments: json } });
}

/** The older form has room for one call. */
function* legacyDeltas({ index, name, arguments: json }: ToolCallDelta): Generator<object> {
  if (index > 0) return;
  if (name !== undefined) yield { function_call: { name, arguments: '' } };
  if (json !== '') yield { function_call: { arguments: json } };
}
