import type { FinishReason, TokenUsage } from '@ferrum/interfaces';
import { Type } from 'typebox';
import { toFinishReason } from '../generation/generation-result.js';
import { nullable, oneOf } from '../schema/nullable.js';
import type { OutputItem } from './response-writer.js';
import type { ResponsesFields } from './responses-schema.js';

export type ResponseObject = ReturnType<typeof newResponse>;

/** A response that has just begun: what was asked for, and no output yet. */
export function newResponse(id: string, model: string, createdAt: number, fields: ResponsesFields) {
  const { text, reasoning, tools } = fields;
  return {
    id,
    object: 'response' as const,
    created_at: createdAt,
    status: 'in_progress' as 'in_progress' | 'completed' | 'incomplete' | 'failed',
    background: false,
    error: null as { readonly code: string; readonly message: string } | null,
    incomplete_details: null as { readonly reason: 'max_output_tokens' | 'content_filter' } | null,
    instructions: fields.instructions ?? null,
    max_output_tokens: fields.max_output_tokens ?? null,
    metadata: fields.metadata ?? {},
    model,
    output: [] as readonly OutputItem[],
    parallel_tool_calls: fields.parallel_tool_calls ?? true,
    previous_response_id: null,
    reasoning: { effort: reasoning?.effort ?? null, summary: reasoning?.summary ?? null },
    service_tier: 'default' as const,
    store: false,
    temperature: fields.temperature ?? null,
    text: { format: text?.format ?? { type: 'text' as const } },
    tool_choice: fields.tool_choice ?? 'auto',
    tools: (tools ?? []).map((tool) => ({
      ...tool,
      description: tool.description ?? null,
      parameters: tool.parameters ?? null,
      strict: tool.strict ?? false,
    })),
    top_logprobs: fields.top_logprobs ?? 0,
    top_p: fields.top_p ?? null,
    truncation: 'disabled' as const,
    usage: null as ReturnType<typeof toResponseUsage> | null,
    user: fields.user ?? null,
  };
}

/** The same at its end. @throws FerrumError for an answer that was not finished */
export function endedResponse(
  begun: ResponseObject,
  output: readonly OutputItem[],
  finishReason: FinishReason,
  usage: TokenUsage | undefined,
): ResponseObject {
  const reason = incompleteReasons[toFinishReason(finishReason)];
  return {
    ...begun,
    status: reason === undefined ? 'completed' : 'incomplete',
    incomplete_details: reason === undefined ? null : { reason },
    output,
    usage: usage === undefined ? null : toResponseUsage(usage),
  };
}

const incompleteReasons: Readonly<Record<string, 'max_output_tokens' | 'content_filter'>> = {
  length: 'max_output_tokens',
  content_filter: 'content_filter',
};

function toResponseUsage({ promptTokens, completionTokens, totalTokens, cachedTokens, reasoningTokens }: TokenUsage) {
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cachedTokens },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens ?? 0 },
    total_tokens: totalTokens,
  };
}

const outputItem = Type.Object(
  { type: oneOf(['message', 'function_call', 'reasoning']), id: Type.String(), status: Type.String() },
  { additionalProperties: true, description: 'A message, a call or what was thought, as the OpenAI API has them.' },
);

export const responseSchema = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('response'),
    created_at: Type.Integer(),
    status: oneOf(['in_progress', 'completed', 'incomplete', 'failed']),
    model: Type.String(),
    output: Type.Array(outputItem),
    error: nullable(Type.Object({ code: Type.String(), message: Type.String() })),
    incomplete_details: nullable(Type.Object({ reason: oneOf(['max_output_tokens', 'content_filter']) })),
    usage: nullable(
      Type.Object({
        input_tokens: Type.Integer(),
        input_tokens_details: Type.Object({ cached_tokens: Type.Integer() }),
        output_tokens: Type.Integer(),
        output_tokens_details: Type.Object({ reasoning_tokens: Type.Integer() }),
        total_tokens: Type.Integer(),
      }),
    ),
  },
  { additionalProperties: true, description: 'With what was asked for: instructions, tools, text and so on.' },
);

export const responseEventSchema = Type.Object(
  { type: Type.String({ description: 'E.g. response.output_text.delta.' }), sequence_number: Type.Integer() },
  { additionalProperties: true },
);
