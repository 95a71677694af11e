import type { ChatMessage, ContentPart, JsonObject, ReasoningOptions, ToolDefinition } from '@ferrum/interfaces';
import { wholeNumber } from '@ferrum/models';
import * as v from 'valibot';
import { jsonObjectProblem } from '../engine/json-object.js';

const text = v.string();
const jsonObject = v.custom<JsonObject>(
  (given) => jsonObjectProblem(given) === undefined,
  ({ input }) => jsonObjectProblem(input) ?? '',
);

const toolName = v.pipe(
  v.string('must be a name: 1 to 64 letters, digits, _ and -'),
  v.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, _ and -'),
);

const toolCallSchema = v.strictObject({
  id: v.pipe(text, v.minLength(1)),
  name: v.pipe(text, v.minLength(1)),
  arguments: text,
});

/** Leaves out what is undefined: for templates and messages that is the same as not there. */
function defined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

const partSchema = v.variant(
  'type',
  [
    v.strictObject({ type: v.literal('text'), text }),
    v.strictObject({
      type: v.literal('image'),
      image: v.instance(Uint8Array, 'must be the bytes of an image file, a Uint8Array'),
      detail: v.optional(v.picklist(['auto', 'low', 'high'])),
    }),
  ],
  'must be text or image',
);

export const messageSchema = v.pipe(
  v.strictObject({
    role: v.picklist(['system', 'user', 'assistant', 'tool']),
    content: v.union(
      [
        text,
        v.pipe(
          v.array(partSchema),
          v.minLength(1),
          v.maxLength(4096),
          v.transform((parts) => parts.map((part) => defined(part) as ContentPart)),
          v.readonly(),
        ),
      ],
      'must be a text, or a list of texts and images',
    ),
    name: v.optional(text),
    reasoning: v.optional(text),
    toolCalls: v.optional(v.pipe(v.array(toolCallSchema), v.readonly())),
    toolCallId: v.optional(text),
  }),
  v.transform((message) => defined(message) as ChatMessage),
);

const toolSchema = v.pipe(
  v.strictObject({
    name: toolName,
    description: v.optional(text),
    parameters: v.optional(
      v.pipe(
        jsonObject,
        v.check(({ type }) => type === undefined || type === 'object', 'must describe an object'),
      ),
    ),
    strict: v.optional(v.boolean()),
  }),
  v.transform((tool) => defined(tool) as ToolDefinition),
);

const mode = v.picklist(['auto', 'required']);

/** Fields of a request that go with a conversation. */
export const chatFields = {
  tools: v.optional(v.pipe(v.array(toolSchema), v.maxLength(128), v.readonly())),
  toolChoice: v.optional(
    v.union(
      [
        v.picklist(['none', 'auto', 'required']),
        v.strictObject({ name: text }),
        v.strictObject({ allowed: v.pipe(v.array(text), v.minLength(1), v.readonly()), mode }),
      ],
      'must be none, auto, required, the name of a tool, or the tools that are allowed',
    ),
  ),
  parallelToolCalls: v.optional(v.boolean()),
  toolCallFormat: v.optional(text),
  templateVariables: v.optional(jsonObject),
  reasoning: v.optional(
    v.pipe(
      v.strictObject({
        enabled: v.optional(v.boolean()),
        effort: v.optional(v.picklist(['none', 'minimal', 'low', 'medium', 'high', 'xhigh'])),
        maxTokens: v.optional(v.pipe(wholeNumber, v.minValue(0))),
      }),
      v.transform((reasoning) => defined(reasoning) as ReasoningOptions),
    ),
  ),
};
