import type { StreamChunk } from '@ferrum/interfaces';
import { now, toFinishReason, toUsage } from '../generation/generation-result.js';
import { toChatLogprobs } from './chat-logprobs.js';

export interface ChatStreamOptions {
  readonly id: string;
  readonly model: string;
  readonly includeUsage: boolean;
}

/** Chunks as the API has them: the role first, then text, then why it ended, then the usage if asked for. */
export async function* chatChunks(chunks: AsyncIterable<StreamChunk>, { id, model, includeUsage }: ChatStreamOptions) {
  const common = { id, object: 'chat.completion.chunk' as const, created: now(), model };
  const begun = new Set<number>();
  const chunk = (index: number, delta: object, logprobs: StreamChunk['logprobs'], finishReason: string | null) => ({
    ...common,
    choices: [{ index, delta, logprobs: toChatLogprobs(logprobs), finish_reason: finishReason }],
    ...(includeUsage ? { usage: null } : {}),
  });
  let usage: StreamChunk['usage'];
  for await (const { choice = 0, text, logprobs, finishReason, usage: last } of chunks) {
    if (!begun.has(choice)) {
      begun.add(choice);
      yield chunk(choice, { role: 'assistant', content: '', refusal: null }, undefined, null);
    }
    if (text !== '' || (logprobs !== undefined && logprobs.length > 0))
      yield chunk(choice, { content: text }, logprobs, null);
    if (finishReason !== undefined) yield chunk(choice, {}, undefined, toFinishReason(finishReason));
    usage = last ?? usage;
  }
  if (includeUsage && usage !== undefined) yield { ...common, choices: [], usage: toUsage(usage) };
}
