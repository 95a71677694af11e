import { type Static, Type } from 'typebox';
import { mostTools } from '../generation/function-fields.js';
import { jsonSchemaField } from '../generation/response-format.js';
import { modelField } from '../schema/common.js';
import { noEffect, nullable, oneOf, onlyFalse, refused } from '../schema/nullable.js';
import { cacheControl, contentBlock, textBlock } from './block-schema.js';

const strict = { additionalProperties: false } as const;

const textOrBlocks = (description: string) =>
  Type.Unsafe<string | Static<typeof textBlock>[]>({
    description,
    anyOf: [Type.String(), Type.Array(textBlock)],
  });

const message = Type.Object(
  {
    role: oneOf(['user', 'assistant', 'system']),
    content: Type.Unsafe<string | Static<typeof contentBlock>[]>({
      description: 'Texts of several blocks are joined by line breaks.',
      anyOf: [Type.String(), Type.Array(contentBlock)],
    }),
  },
  strict,
);
export type MessageFields = Static<typeof message>;

/** Which types there are is checked apart, so that an error can name one that is not. */
const tool = Type.Object(
  {
    type: Type.Optional(nullable(Type.String({ maxLength: 64, description: 'Only `custom`, which is the default.' }))),
    name: Type.Optional(Type.String({ maxLength: 64, description: '1 to 64 letters, digits, `_` and `-`.' })),
    description: Type.Optional(nullable(Type.String())),
    input_schema: Type.Optional(jsonSchemaField),
    strict: Type.Optional(
      nullable(Type.Boolean({ description: 'Whether the input has to follow the schema. Default false.' })),
    ),
    cache_control: cacheControl,
    eager_input_streaming: noEffect(Type.Boolean()),
    defer_loading: onlyFalse('the model is told of every tool.'),
    allowed_callers: noEffect(Type.Array(oneOf(['direct']))),
    input_examples: refused('Models here are told no examples of the input.'),
  },
  { additionalProperties: true },
);
export type MessageTool = Static<typeof tool>;

const toolChoice = Type.Object(
  {
    type: oneOf(['auto', 'any', 'tool', 'none']),
    name: Type.Optional(Type.String({ maxLength: 64, description: 'Of the type tool.' })),
    disable_parallel_tool_use: Type.Optional(
      nullable(Type.Boolean({ description: 'Whether one answer asks for one call at most. Default false.' })),
    ),
  },
  { ...strict, description: 'Whether the model answers or calls, and what. Default auto.' },
);

const thinking = Type.Object(
  {
    type: oneOf(['enabled', 'disabled', 'adaptive'], {
      description: '`adaptive` and no `thinking` are as the model has it by default.',
    }),
    budget_tokens: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Of `enabled`: most tokens of thinking, less than `max_tokens`.' }),
    ),
    display: Type.Optional(nullable(oneOf(['summarized'], { description: 'Thinking comes as it is.' }))),
  },
  { ...strict, description: 'Refused where the model has no such choice.' },
);

const outputConfig = Type.Object(
  {
    effort: Type.Optional(
      nullable(oneOf(['low', 'medium', 'high', 'xhigh'], { description: 'How much a model thinks that does.' })),
    ),
    format: Type.Optional(
      nullable(
        Type.Object(
          { type: oneOf(['json_schema']), schema: jsonSchemaField },
          { ...strict, description: 'The answer follows the schema.' },
        ),
      ),
    ),
  },
  strict,
);

/** What a message is made of, and what tokens are counted of. */
const conversation = {
  model: modelField,
  messages: Type.Array(message, { minItems: 1, maxItems: 10_000 }),
  system: Type.Optional(nullable(textOrBlocks('What the model is told before the messages.'))),
  tools: Type.Optional(
    nullable(Type.Array(tool, { maxItems: mostTools, description: 'Functions that the model may ask to call.' })),
  ),
  tool_choice: Type.Optional(nullable(toolChoice)),
  thinking: Type.Optional(nullable(thinking)),
  output_config: Type.Optional(nullable(outputConfig)),
  cache_control: cacheControl,
  speed: Type.Optional(nullable(oneOf(['standard'], { description: 'There is one speed.' }))),
  context_management: refused('Nothing is taken out of the messages.'),
  mcp_servers: refused('The server calls nobody.'),
};

export const messagesSchema = Type.Object(
  {
    ...conversation,
    max_tokens: Type.Integer({ minimum: 1, description: 'Longest answer, thinking included.' }),
    temperature: Type.Optional(
      nullable(
        Type.Number({
          minimum: 0,
          maximum: 1,
          description: "0 is greedy. Default: what the model's makers recommend, else 1.",
        }),
      ),
    ),
    top_p: Type.Optional(
      nullable(Type.Number({ minimum: 0, maximum: 1, description: 'Default: as recommended, else 1.' })),
    ),
    top_k: Type.Optional(
      nullable(
        Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1, description: 'Only the k likeliest tokens; 0 is all.' }),
      ),
    ),
    stop_sequences: Type.Optional(
      nullable(
        Type.Array(Type.String({ minLength: 1, maxLength: 1024 }), {
          maxItems: 64,
          description: 'The answer ends before the first of these texts.',
        }),
      ),
    ),
    stream: Type.Optional(
      nullable(Type.Boolean({ description: 'Server-sent events instead of one response. Default false.' })),
    ),
    metadata: noEffect(Type.Object({ user_id: Type.Optional(nullable(Type.String({ maxLength: 512 }))) }, strict)),
    service_tier: Type.Optional(
      nullable(oneOf(['auto', 'standard_only'], { description: 'Accepted; there is one tier.' })),
    ),
    thread: Type.Optional(
      nullable(
        Type.Object(
          { type: Type.String() },
          { additionalProperties: true, description: 'Refused, so that clients send the whole conversation.' },
        ),
      ),
    ),
    container: refused('There are no containers.'),
    inference_geo: refused('Answers are made where the server runs.'),
    diagnostics: refused('There are none.'),
  },
  strict,
);
export type MessagesFields = Static<typeof messagesSchema>;

export const countTokensSchema = Type.Object(conversation, strict);
export type CountTokensFields = Static<typeof countTokensSchema>;
