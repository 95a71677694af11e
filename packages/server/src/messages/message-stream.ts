import type { FinishReason, StreamChunk, TokenUsage } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { piecesOf } from '../generation/answer-pieces.js';
import type { StartedSource } from '../http/started-source.js';
import { type MessageObject, type StopFields, stopOf, toMessageUsage } from './message-object.js';
import { BlockEvents, type MessageEvent } from './message-writer.js';

export interface MessageStreamOptions {
  readonly begun: MessageObject;
  /** Of the prompt, for engines that do not tell. */
  readonly promptTokens: number;
  /** Of the request. */
  readonly fields: StopFields;
}

/** Events as the API has them, from `message_start` to `message_stop`. Ends the chunks, however it is left. */
export async function* messageEvents(
  chunks: StartedSource<StreamChunk>,
  { begun, promptTokens, fields }: MessageStreamOptions,
): AsyncGenerator<MessageEvent> {
  const blocks = new BlockEvents();
  let finishReason: FinishReason | undefined;
  let stopSequence: string | undefined;
  let usage: TokenUsage | undefined;
  let completionTokens = 0;
  try {
    yield { type: 'message_start', message: begun };
    yield { type: 'ping' };
    for await (const chunk of chunks) {
      for (const piece of piecesOf(chunk)) yield* blocks.add(piece);
      finishReason = chunk.finishReason ?? finishReason;
      stopSequence = chunk.stopSequence ?? stopSequence;
      usage = chunk.usage ?? usage;
      completionTokens += chunk.tokens.length;
    }
    if (finishReason === undefined) throw new FerrumError('Backend', 'The answer ended without saying why.');
    usage ??= { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens, cachedTokens: 0 };
    // First, because it throws for an answer that was not finished.
    const stop = stopOf({ finishReason, ...(stopSequence === undefined ? {} : { stopSequence }) }, fields, usage);
    yield* blocks.end();
    yield { type: 'message_delta', delta: { ...stop, container: null }, usage: toMessageUsage(usage) };
    yield { type: 'message_stop' };
  } finally {
    await chunks.return();
  }
}
