import type { ChatMessage, FinishReason, StreamChunk, ToolCall } from '@ferrum/interfaces';

/** One answer, put together from its pieces. */
export interface CollectedAnswer {
  readonly text: string;
  readonly reasoning?: string;
  readonly toolCalls?: readonly ToolCall[];
  readonly finishReason?: FinishReason;
}

/** Passes the chunks of one answer on, and hands the whole over once it is complete. */
export async function* collectAnswer(
  chunks: AsyncIterable<StreamChunk>,
  done: (answer: CollectedAnswer) => void,
): AsyncGenerator<StreamChunk> {
  let text = '';
  let reasoning = '';
  let finishReason: FinishReason | undefined;
  const calls: ToolCall[] = [];
  for await (const chunk of chunks) {
    text += chunk.text;
    reasoning += chunk.reasoning ?? '';
    finishReason = chunk.finishReason ?? finishReason;
    for (const { index, id = '', name = '', arguments: json } of chunk.toolCalls ?? []) {
      const call = calls[index] ?? { id, name, arguments: '' };
      calls[index] = { ...call, arguments: call.arguments + json };
    }
    yield chunk;
  }
  done({
    text,
    ...(reasoning === '' ? {} : { reasoning }),
    ...(calls.length === 0 ? {} : { toolCalls: calls }),
    ...(finishReason === undefined ? {} : { finishReason }),
  });
}

/** The answer as a turn of the conversation. */
export function toTurn({ text, reasoning, toolCalls = [] }: CollectedAnswer): ChatMessage {
  return {
    role: 'assistant',
    content: text,
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
  };
}
