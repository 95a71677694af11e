import { type Static, Type } from 'typebox';
import { nullable } from '../schema/nullable.js';
import { jsonSchemaField } from './response-format.js';

export const functionName = Type.String({
  pattern: '^[A-Za-z0-9_-]{1,64}$',
  description: '1 to 64 letters, digits, `_` and `-`.',
});

/** What a function is, in every API of OpenAI's that has tools. */
export const functionFields = {
  name: functionName,
  description: Type.Optional(nullable(Type.String())),
  parameters: Type.Optional(nullable(jsonSchemaField)),
  strict: Type.Optional(
    nullable(Type.Boolean({ description: 'Whether the arguments have to follow the schema. Default false.' })),
  ),
};

export const functionSchema = Type.Object(functionFields, { additionalProperties: false });
export type FunctionFields = Static<typeof functionSchema>;

/** Of one request. */
export const mostTools = 512;
