import { type Static, Type } from 'typebox';
import { efforts, reasoningFields } from '../chat/reasoning-fields.js';
import { functionFields, functionName, mostTools } from '../generation/function-fields.js';
import { jsonSchemaField } from '../generation/response-format.js';
import { samplingFields } from '../generation/sampling-fields.js';
import { modelField } from '../schema/common.js';
import { noEffect, nullable, oneOf, onlyFalse, refused } from '../schema/nullable.js';

const strict = { additionalProperties: false } as const;
const id = Type.String({ minLength: 1, maxLength: 256 });

/** A piece of a message; which types are read is checked apart. */
const contentPart = Type.Object(
  {
    type: Type.String({ maxLength: 64 }),
    text: Type.Optional(Type.String()),
    refusal: Type.Optional(Type.String()),
    image_url: Type.Optional(nullable(Type.String({ description: 'Of an `input_image`: a data: URL in base64.' }))),
    file_id: Type.Optional(nullable(Type.String())),
    detail: Type.Optional(
      nullable(oneOf(['auto', 'low', 'high'], { description: 'How closely the model looks at it. Default auto.' })),
    ),
  },
  { additionalProperties: true },
);
export type ResponsePart = Static<typeof contentPart>;

const textOrParts = Type.Unsafe<string | ResponsePart[]>({
  anyOf: [Type.String(), Type.Array(contentPart, { maxItems: 10_000 })],
});

/** Fields of every type of item. Which of them a type has is checked apart. */
const item = Type.Object(
  {
    type: Type.Optional(
      oneOf(['message', 'function_call', 'function_call_output', 'reasoning', 'item_reference'], {
        description: 'Default message. An item_reference is refused: nothing is stored.',
      }),
    ),
    role: Type.Optional(oneOf(['user', 'assistant', 'system', 'developer'])),
    content: Type.Optional(nullable(textOrParts)),
    call_id: Type.Optional(id),
    name: Type.Optional(functionName),
    arguments: Type.Optional(Type.String()),
    output: Type.Optional(textOrParts),
    summary: Type.Optional(Type.Array(contentPart, { maxItems: 1000 })),
    id: noEffect(id),
    status: noEffect(oneOf(['in_progress', 'completed', 'incomplete'])),
    phase: noEffect(Type.String({ maxLength: 64 })),
    encrypted_content: noEffect(Type.String()),
    parsed_arguments: Type.Optional(Type.Unknown({ description: 'As clients add it; changes nothing here.' })),
  },
  strict,
);
export type ResponseItem = Static<typeof item>;

const named = Type.Object({ type: oneOf(['function']), name: Type.String({ maxLength: 64 }) }, strict);

export interface ResponseNamedChoice {
  readonly type: 'function' | 'allowed_tools';
  readonly name?: string;
  readonly mode?: 'auto' | 'required';
  readonly tools?: readonly { readonly name: string }[];
}

const { temperature, top_p, top_k, min_p, repetition_penalty, frequency_penalty, presence_penalty } = samplingFields;
const { seed, stop, stop_token_ids, logit_bias, ignore_eos, priority, stream, user } = samplingFields;

/** Sampling fields beyond OpenAI's are extensions here too. */
const sampling = {
  ...{ temperature, top_p, top_k, min_p, repetition_penalty, frequency_penalty, presence_penalty },
  ...{ seed, stop, stop_token_ids, logit_bias, ignore_eos, priority, stream, user },
};

export const responsesSchema = Type.Object(
  {
    model: modelField,
    input: Type.Unsafe<string | ResponseItem[]>({
      description: 'What the user says, or the conversation: messages, calls, their results, reasoning.',
      anyOf: [Type.String({ minLength: 1 }), Type.Array(item, { minItems: 1, maxItems: 10_000 })],
    }),
    instructions: Type.Optional(nullable(Type.String({ description: 'Put before the input, as of the system.' }))),
    ...sampling,
    stream_options: Type.Optional(
      nullable(Type.Object({ include_obfuscation: onlyFalse('events are not padded.') }, strict)),
    ),
    max_output_tokens: Type.Optional(
      nullable(Type.Integer({ minimum: 1, description: 'Longest answer, reasoning included. Default: what is left.' })),
    ),
    top_logprobs: Type.Optional(
      nullable(Type.Integer({ minimum: 0, maximum: 20, description: 'The likeliest tokens beside each.' })),
    ),
    include: Type.Optional(
      nullable(
        Type.Array(oneOf(['message.output_text.logprobs', 'reasoning.encrypted_content']), {
          maxItems: 16,
          description: 'Log-probabilities of the text. Reasoning is never encrypted here.',
        }),
      ),
    ),
    tools: Type.Optional(
      nullable(
        Type.Array(Type.Object({ type: oneOf(['function']), ...functionFields }, strict), {
          maxItems: mostTools,
          description: 'Functions that the model may ask to call.',
        }),
      ),
    ),
    tool_choice: Type.Optional(
      nullable(
        Type.Unsafe<'none' | 'auto' | 'required' | ResponseNamedChoice>({
          anyOf: [
            { type: 'string', enum: ['none', 'auto', 'required'] },
            Type.Object(
              {
                type: oneOf(['function', 'allowed_tools']),
                name: Type.Optional(Type.String({ maxLength: 64 })),
                mode: Type.Optional(oneOf(['auto', 'required'])),
                tools: Type.Optional(Type.Array(named, { minItems: 1, maxItems: mostTools })),
              },
              strict,
            ),
          ],
          description: 'Whether the model answers or calls, and what. Default auto.',
        }),
      ),
    ),
    parallel_tool_calls: Type.Optional(nullable(Type.Boolean({ description: 'Default true.' }))),
    text: Type.Optional(
      nullable(
        Type.Object(
          {
            format: Type.Optional(
              nullable(
                Type.Object(
                  {
                    type: oneOf(['text', 'json_object', 'json_schema']),
                    name: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' })),
                    description: noEffect(Type.String()),
                    schema: Type.Optional(jsonSchemaField),
                    strict: Type.Optional(
                      nullable(Type.Boolean({ description: 'The answer follows the schema either way.' })),
                    ),
                  },
                  strict,
                ),
              ),
            ),
            verbosity: refused('No model here takes it.'),
          },
          strict,
        ),
      ),
    ),
    reasoning: Type.Optional(
      nullable(
        Type.Object(
          {
            effort: Type.Optional(nullable(oneOf(efforts))),
            summary: Type.Optional(
              nullable(
                oneOf(['auto', 'concise', 'detailed'], {
                  description: 'With any, the reasoning stands as the summary; without, as the content.',
                }),
              ),
            ),
          },
          strict,
        ),
      ),
    ),
    thinking_token_budget: reasoningFields.thinking_token_budget,
    chat_template_kwargs: reasoningFields.chat_template_kwargs,
    metadata: Type.Optional(
      nullable(
        Type.Record(Type.String(), Type.String({ maxLength: 512 }), { maxProperties: 16, description: 'Sent back.' }),
      ),
    ),
    store: onlyFalse('nothing is stored.'),
    truncation: Type.Optional(nullable(oneOf(['disabled'], { description: 'Input that is too long is refused.' }))),
    service_tier: Type.Optional(nullable(oneOf(['auto', 'default'], { description: 'Accepted; there is one tier.' }))),
    background: onlyFalse('answers are not made in the background.'),
    safety_identifier: noEffect(Type.String({ maxLength: 64 })),
    prompt_cache_key: noEffect(Type.String()),
    previous_response_id: refused('Nothing is stored: send the whole conversation as `input`.'),
    conversation: refused('Nothing is stored: send the whole conversation as `input`.'),
    prompt: refused('There are no stored prompts.'),
    max_tool_calls: refused('There are no built-in tools to count.'),
  },
  strict,
);

export type ResponsesFields = Static<typeof responsesSchema>;
