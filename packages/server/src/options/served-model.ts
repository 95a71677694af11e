import { type Static, Type } from 'typebox';

/** A model that the server offers. */
export const servedModelSchema = Type.Object(
  {
    model: Type.String({ minLength: 1, description: 'A catalogue name, a source or a path; what the host resolves.' }),
    id: Type.Optional(
      Type.String({ minLength: 1, maxLength: 256, description: 'What clients call it. Default: `model`.' }),
    ),
    aliases: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
        description: 'Other names for it, e.g. gpt-4o-mini.',
      }),
    ),
    options: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'Of the engine, e.g. { "threads": 2, "contextLength": 4096 }.',
      }),
    ),
    voices: Type.Optional(
      Type.Record(Type.String(), Type.String({ minLength: 1 }), {
        description: 'Other names for voices of a speech model, e.g. { "alloy": "af_heart" }.',
      }),
    ),
    adapters: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z0-9_.-]{1,128}$' }), Type.String({ minLength: 1 }), {
        additionalProperties: false,
        description:
          'LoRA adapters of a language model by name, each a PEFT folder or a GGUF file; clients ask for "id:name".',
      }),
    ),
    created: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Unix time in seconds. Default: when the server started.' }),
    ),
    preload: Type.Optional(
      Type.Boolean({ description: 'Whether it opens when the server starts. Default: at its first use.' }),
    ),
  },
  { additionalProperties: false },
);

export type ServedModel = Static<typeof servedModelSchema>;
