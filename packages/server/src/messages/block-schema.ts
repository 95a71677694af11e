import type { JsonObject } from '@ferrum/interfaces';
import { type Static, Type } from 'typebox';
import { functionName } from '../generation/function-fields.js';
import { noEffect, nullable } from '../schema/nullable.js';

const id = Type.String({ minLength: 1, maxLength: 256 });

/** A hint about caching that is on many things; the prefix cache needs none. */
export const cacheControl = noEffect(
  Type.Object(
    { type: Type.Literal('ephemeral'), ttl: Type.Optional(Type.String({ pattern: '^(5m|1h)$' })) },
    { additionalProperties: false },
  ),
);

/** Which types are read, and which fields each has, is checked apart, so that an error can say more than that no shape fits. */
const common = {
  type: Type.String({ maxLength: 64 }),
  text: Type.Optional(Type.String()),
  citations: noEffect(Type.Array(Type.Unknown())),
  cache_control: cacheControl,
};

/** Of the system, and of a tool's result. */
export const textBlock = Type.Object(common, {
  additionalProperties: true,
  description: 'Models here read `text`; other types are refused.',
});
export type TextBlock = Static<typeof textBlock>;

/** Which types are read is checked apart. */
const imageSource = Type.Object(
  {
    type: Type.Optional(
      Type.String({ maxLength: 64, description: 'Only `base64`: nothing is fetched, and no files are stored.' }),
    ),
    media_type: Type.Optional(Type.String({ maxLength: 128 })),
    data: Type.Optional(Type.String({ description: 'In base64: a JPEG, PNG, WebP, GIF, TIFF or AVIF file.' })),
  },
  { additionalProperties: true },
);

export const contentBlock = Type.Object(
  {
    ...common,
    source: Type.Optional(imageSource),
    thinking: Type.Optional(Type.String()),
    signature: noEffect(Type.String()),
    id: Type.Optional(id),
    name: Type.Optional(functionName),
    input: Type.Optional(Type.Unsafe<JsonObject>({ type: 'object' })),
    caller: noEffect(Type.Object({ type: Type.Literal('direct') }, { additionalProperties: false })),
    tool_use_id: Type.Optional(id),
    content: Type.Optional(
      nullable(Type.Unsafe<string | TextBlock[]>({ anyOf: [Type.String(), Type.Array(textBlock)] })),
    ),
    is_error: Type.Optional(
      nullable(Type.Boolean({ description: 'Of a result: where it is true, the text is put after "Error: ".' })),
    ),
  },
  {
    additionalProperties: true,
    description:
      'Models here read `text`, `thinking`, `tool_use` and `tool_result`, and those that see `image`; other types are refused.',
  },
);
export type ContentBlock = Static<typeof contentBlock>;
