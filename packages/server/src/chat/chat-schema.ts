import { type Static, Type } from 'typebox';
import { functionName } from '../generation/function-fields.js';
import { responseFormatFields } from '../generation/response-format.js';
import { samplingFields } from '../generation/sampling-fields.js';
import { modelField } from '../schema/common.js';
import { noEffect, nullable, oneOf, onlyFalse, refused } from '../schema/nullable.js';
import { reasoningFields } from './reasoning-fields.js';
import { toolFields } from './tool-schema.js';

const imageUrl = Type.Object(
  {
    url: Type.String({
      description: 'A data: URL in base64 of a JPEG, PNG, WebP, GIF, TIFF or AVIF file. Nothing is fetched.',
    }),
    detail: Type.Optional(
      nullable(
        oneOf(['auto', 'low', 'high'], {
          description: '`low`: the image as a whole, in the fewest tokens; `high`: its parts as well. Default auto.',
        }),
      ),
    ),
  },
  { additionalProperties: false },
);

/** A piece of a message. Which types are read is checked apart, so that an error can say more than that no shape fits. */
const contentPart = Type.Object(
  {
    type: oneOf(['text', 'refusal', 'image_url', 'input_audio', 'file'], {
      description:
        'Models read `text` (and `refusal` of the assistant), and those that see `image_url` of the user; others are refused.',
    }),
    text: Type.Optional(Type.String()),
    refusal: Type.Optional(Type.String()),
    image_url: Type.Optional(imageUrl),
  },
  { additionalProperties: true },
);

export type ContentPart = Static<typeof contentPart>;

const addedByClients = Type.Optional(
  Type.Unknown({ description: 'As clients add it to answers; changes nothing here.' }),
);
const called = { name: functionName, arguments: Type.String({ description: 'JSON text.' }) };

const toolCall = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 256 }),
    type: oneOf(['function']),
    function: Type.Object({ ...called, parsed_arguments: addedByClients }, { additionalProperties: false }),
    index: noEffect(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
);

const message = Type.Object(
  {
    role: oneOf(['system', 'developer', 'user', 'assistant', 'tool', 'function'], {
      description: '`developer` is the same as `system`; `function` is the older form of `tool`.',
    }),
    content: Type.Optional(
      Type.Unsafe<string | ContentPart[] | null>({
        description: 'Texts that follow one another are joined by line breaks.',
        anyOf: [Type.String(), Type.Array(contentPart, { minItems: 1 }), Type.Null()],
      }),
    ),
    name: Type.Optional(nullable(Type.String({ minLength: 1, maxLength: 256 }))),
    refusal: Type.Optional(nullable(Type.String({ description: 'Of the assistant, in place of content.' }))),
    tool_calls: Type.Optional(
      nullable(
        Type.Array(toolCall, { minItems: 1, maxItems: 512, description: 'Of the assistant: the calls it asked for.' }),
      ),
    ),
    tool_call_id: Type.Optional(
      nullable(Type.String({ minLength: 1, maxLength: 256, description: 'Of a tool: the call that this answers.' })),
    ),
    function_call: Type.Optional(
      nullable(Type.Object(called, { additionalProperties: false, description: 'The older form of `tool_calls`.' })),
    ),
    reasoning_content: Type.Optional(
      nullable(Type.String({ description: 'Extension: what the assistant thought, for templates that want it.' })),
    ),
    reasoning: Type.Optional(nullable(Type.String({ description: 'Another name of `reasoning_content`.' }))),
    parsed: addedByClients,
    audio: refused('Models here answer in text.'),
    annotations: Type.Optional(
      nullable(Type.Array(Type.Unknown(), { maxItems: 0, description: 'As answers bring it: empty or null.' })),
    ),
  },
  { additionalProperties: false },
);

export type MessageFields = Static<typeof message>;

export const chatSchema = Type.Object(
  {
    model: modelField,
    messages: Type.Array(message, { minItems: 1, maxItems: 10_000 }),
    ...samplingFields,
    max_completion_tokens: Type.Optional(
      nullable(Type.Integer({ minimum: 1, description: 'Longest answer. Default: what is left of the context.' })),
    ),
    max_tokens: Type.Optional(
      nullable(Type.Integer({ minimum: 1, description: 'The older name of max_completion_tokens.' })),
    ),
    logprobs: Type.Optional(
      nullable(Type.Boolean({ description: 'Whether each token comes with its log-probability.' })),
    ),
    top_logprobs: Type.Optional(
      nullable(
        Type.Integer({ minimum: 0, maximum: 20, description: 'The likeliest tokens beside each; needs `logprobs`.' }),
      ),
    ),
    ...responseFormatFields,
    ...toolFields,
    ...reasoningFields,
    modalities: Type.Optional(
      nullable(Type.Array(oneOf(['text']), { minItems: 1, maxItems: 1, description: 'Only ["text"].' })),
    ),
    service_tier: Type.Optional(nullable(oneOf(['auto', 'default'], { description: 'Accepted; there is one tier.' }))),
    store: onlyFalse('nothing is stored.'),
    metadata: noEffect(Type.Record(Type.String(), Type.String({ maxLength: 512 }), { maxProperties: 16 })),
    safety_identifier: noEffect(Type.String({ maxLength: 64 })),
    prompt_cache_key: noEffect(Type.String()),
    audio: refused('Models here answer in text; see /v1/audio/speech.'),
    prediction: refused('Predicted outputs are not supported.'),
    verbosity: refused('No model here takes it.'),
    web_search_options: refused('There is no web search.'),
    moderation: refused('There is no moderation.'),
    prompt_cache_retention: refused('The prefix cache forgets by itself.'),
    prompt_cache_options: refused('The prefix cache is set up by the operator.'),
  },
  { additionalProperties: false },
);

export type ChatFields = Static<typeof chatSchema>;
