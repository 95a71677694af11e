import type { InferenceChoice, TokenUsage } from '@ferrum/interfaces';
import { Type } from 'typebox';
import { toFinishReason } from '../generation/generation-result.js';
import { nullable, oneOf } from '../schema/nullable.js';
import type { AnswerBlock } from './message-writer.js';
import type { MessagesFields } from './messages-schema.js';

export type MessageObject = ReturnType<typeof newMessage>;

/** A message that has just begun: no content yet. @param usage so far */
export function newMessage(id: string, model: string, usage: TokenUsage) {
  return {
    id,
    type: 'message' as const,
    role: 'assistant' as const,
    model,
    content: [] as readonly AnswerBlock[],
    container: null,
    ...notStopped,
    usage: { ...toMessageUsage(usage), service_tier: 'standard' as const },
  };
}

export interface Stop {
  readonly stop_reason: (typeof stopReasons)[number] | null;
  readonly stop_sequence: string | null;
  readonly stop_details: null;
}

/** Of a request, what may end its answer. */
export type StopFields = Pick<MessagesFields, 'max_tokens' | 'stop_sequences'>;

const notStopped: Stop = { stop_reason: null, stop_sequence: null, stop_details: null };

const stopReasons = [
  ...(['end_turn', 'max_tokens', 'stop_sequence', 'tool_use'] as const),
  ...(['model_context_window_exceeded', 'refusal'] as const),
] as const;

/**
 * Why the answer ended. Of several stop sequences it is told where the engine says which.
 * @throws FerrumError for an answer that was not finished
 */
export function stopOf(
  { finishReason: reason, stopSequence }: Pick<InferenceChoice, 'finishReason' | 'stopSequence'>,
  { max_tokens, stop_sequences }: StopFields,
  { completionTokens }: Pick<TokenUsage, 'completionTokens'>,
): Stop {
  const stopped = (stop_reason: Stop['stop_reason']): Stop => ({ ...notStopped, stop_reason });
  switch (toFinishReason(reason)) {
    case 'tool_calls':
      return stopped('tool_use');
    case 'content_filter':
      return stopped('refusal');
    case 'length':
      return stopped(completionTokens < max_tokens ? 'model_context_window_exceeded' : 'max_tokens');
    case 'stop': {
      const [first = null, second] = stop_sequences ?? [];
      if (reason !== 'stop' || first === null) return stopped('end_turn');
      return { ...stopped('stop_sequence'), stop_sequence: stopSequence ?? (second === undefined ? first : null) };
    }
  }
}

/** What the prefix cache held is told apart from the rest of the input. */
export function toMessageUsage({ promptTokens, completionTokens, cachedTokens, reasoningTokens }: TokenUsage) {
  return {
    input_tokens: promptTokens - cachedTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cachedTokens,
    output_tokens: completionTokens,
    output_tokens_details: reasoningTokens === undefined ? null : { thinking_tokens: reasoningTokens },
    server_tool_use: null,
  };
}

const usageSchema = Type.Object(
  {
    input_tokens: Type.Integer({ description: 'Less those of `cache_read_input_tokens`.' }),
    cache_creation_input_tokens: Type.Integer({ description: 'Always 0: caching costs nothing.' }),
    cache_read_input_tokens: Type.Integer({ description: 'Found in the prefix cache.' }),
    output_tokens: Type.Integer(),
    output_tokens_details: nullable(Type.Object({ thinking_tokens: Type.Integer() })),
  },
  { additionalProperties: true },
);

export const messageSchema = Type.Object(
  {
    id: Type.String(),
    type: Type.Literal('message'),
    role: Type.Literal('assistant'),
    model: Type.String(),
    content: Type.Array(
      Type.Object(
        { type: oneOf(['text', 'thinking', 'tool_use']) },
        {
          additionalProperties: true,
          description: 'A text, what was thought, or a call, as the Anthropic API has them.',
        },
      ),
    ),
    stop_reason: nullable(oneOf(stopReasons)),
    stop_sequence: nullable(Type.String({ description: 'Where the request has one.' })),
    usage: usageSchema,
  },
  { additionalProperties: true },
);

export const messageEventSchema = Type.Object(
  { type: Type.String({ description: 'E.g. content_block_delta.' }) },
  { additionalProperties: true },
);
