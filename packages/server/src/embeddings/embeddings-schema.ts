import { type Static, Type } from 'typebox';
import type { ResolvedSettings } from '../options/server-settings.js';
import { modelField } from '../schema/common.js';
import { noEffect, nullable, oneOf } from '../schema/nullable.js';

const strict = { additionalProperties: false } as const;
const text = Type.String({ minLength: 1 });
const tokens = Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1 });
const item = Type.Union([
  text,
  Type.Object({ text }, strict),
  Type.Object(
    {
      image: Type.String({
        minLength: 1,
        description: 'A data: URL in base64, e.g. data:image/png;base64,…; nothing is fetched, no file is read.',
      }),
    },
    strict,
  ),
]);

/** OpenAI's `CreateEmbeddingRequest`, and images, `prompt_name` and `truncate`. */
export function embeddingsSchema({ inputs }: ResolvedSettings['limits']) {
  // How many is checked apart: of a union, an error could not say which of its members was meant.
  const several = { minItems: 1 };
  return Type.Object(
    {
      model: modelField,
      input: Type.Union([text, Type.Array(item, several), tokens, Type.Array(tokens, several)], {
        description: `A text, its token ids, or up to ${inputs} texts, lists of token ids, {text} or {image}.`,
      }),
      encoding_format: Type.Optional(
        nullable(
          oneOf(['float', 'base64'], { description: 'base64 is of little-endian 32-bit floats. Default float.' }),
        ),
      ),
      dimensions: Type.Optional(
        nullable(
          Type.Integer({ minimum: 1, description: 'Only the first so many values, normalised again. Default: all.' }),
        ),
      ),
      prompt_name: Type.Optional(
        nullable(
          Type.String({
            minLength: 1,
            description: 'Of the prompts of the model, e.g. query; it goes before each text.',
          }),
        ),
      ),
      truncate: Type.Optional(
        nullable(
          oneOf(['error', 'end'], {
            description: 'Of a text longer than the model reads: refuse it, or drop its end. Default end.',
          }),
        ),
      ),
      user: noEffect(Type.String()),
    },
    strict,
  );
}

export type EmbeddingsRequest = Static<ReturnType<typeof embeddingsSchema>>;

/** OpenAI's `CreateEmbeddingResponse`. Its type is what is sent: the JSON, as bytes. */
export const embeddingsResponse = Type.Unsafe<Buffer>(
  Type.Object({
    object: Type.Literal('list'),
    data: Type.Array(
      Type.Object({
        object: Type.Literal('embedding'),
        index: Type.Integer(),
        embedding: Type.Union([Type.Array(Type.Number()), Type.String({ description: 'With base64.' })]),
      }),
    ),
    model: Type.String(),
    usage: Type.Object({
      prompt_tokens: Type.Integer({ description: 'Of the texts; an image has none.' }),
      total_tokens: Type.Integer(),
    }),
  }),
);
