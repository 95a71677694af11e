import { type Static, Type } from 'typebox';
import { functionSchema, mostTools } from '../generation/function-fields.js';
import { nullable, oneOf } from '../schema/nullable.js';

const strict = { additionalProperties: false } as const;

const toolChoice = {
  anyOf: [
    { type: 'string', enum: ['none', 'auto', 'required'] },
    Type.Object(
      {
        type: oneOf(['function', 'allowed_tools']),
        function: Type.Optional(Type.Object({ name: Type.String({ maxLength: 64 }) }, strict)),
        allowed_tools: Type.Optional(
          Type.Object(
            {
              mode: oneOf(['auto', 'required']),
              tools: Type.Array(
                Type.Object(
                  {
                    type: oneOf(['function']),
                    function: Type.Object({ name: Type.String({ maxLength: 64 }) }, strict),
                  },
                  strict,
                ),
                { minItems: 1, maxItems: mostTools },
              ),
            },
            strict,
          ),
        ),
      },
      strict,
    ),
  ],
};

export interface NamedChoice {
  readonly type: 'function' | 'allowed_tools';
  readonly function?: { readonly name: string };
  readonly allowed_tools?: {
    readonly mode: 'auto' | 'required';
    readonly tools: readonly { readonly function: { readonly name: string } }[];
  };
}

/** Functions of a chat request, in today's fields and in those of 2023. */
export const toolFields = {
  tools: Type.Optional(
    nullable(
      Type.Array(
        Type.Object(
          { type: oneOf(['function'], { description: 'Only functions.' }), function: functionSchema },
          strict,
        ),
        { minItems: 1, maxItems: mostTools, description: 'Functions that the model may ask to call.' },
      ),
    ),
  ),
  tool_choice: Type.Optional(
    nullable(
      Type.Unsafe<'none' | 'auto' | 'required' | NamedChoice>({
        ...toolChoice,
        description: 'Whether the model answers or calls, and what. Default auto where there are `tools`.',
      }),
    ),
  ),
  parallel_tool_calls: Type.Optional(
    nullable(Type.Boolean({ description: 'Whether one answer may ask for several calls. Default true.' })),
  ),
  tool_call_format: Type.Optional(
    nullable(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: 'Extension: how the model writes calls, e.g. hermes. Default: as its chat template is known to.',
      }),
    ),
  ),
  functions: Type.Optional(
    nullable(
      Type.Array(functionSchema, {
        minItems: 1,
        maxItems: mostTools,
        description: 'The older form of `tools`: one call.',
      }),
    ),
  ),
  function_call: Type.Optional(
    nullable(
      Type.Unsafe<'none' | 'auto' | { readonly name: string }>({
        anyOf: [
          { type: 'string', enum: ['none', 'auto'] },
          Type.Object({ name: Type.String({ maxLength: 64 }) }, strict),
        ],
        description: 'The older form of `tool_choice`.',
      }),
    ),
  ),
};

const fieldsSchema = Type.Object(toolFields);
export type ToolFields = Static<typeof fieldsSchema>;
