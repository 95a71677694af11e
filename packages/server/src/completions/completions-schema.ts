import { type Static, Type } from 'typebox';
import { responseFormatFields } from '../generation/response-format.js';
import { samplingFields } from '../generation/sampling-fields.js';
import { modelField } from '../schema/common.js';
import { nullable, refused } from '../schema/nullable.js';

const tokenIds = Type.Array(Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 }), { minItems: 1 });

export const completionsSchema = Type.Object(
  {
    model: modelField,
    prompt: Type.Unsafe<string | string[] | number[] | number[][]>({
      description: 'A text, token ids, or several of either; sent to the model as it is, without a chat template.',
      anyOf: [
        Type.String({ minLength: 1 }),
        Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }),
        tokenIds,
        Type.Array(tokenIds, { minItems: 1 }),
      ],
    }),
    ...samplingFields,
    ...responseFormatFields,
    max_tokens: Type.Optional(
      nullable(
        Type.Integer({
          minimum: 0,
          description: 'Longest answer; 0 answers with the prompt alone, for `echo`. Default 16.',
        }),
      ),
    ),
    logprobs: Type.Optional(
      nullable(
        Type.Integer({ minimum: 0, maximum: 20, description: 'The likeliest tokens beside each. OpenAI goes to 5.' }),
      ),
    ),
    best_of: Type.Optional(
      nullable(
        Type.Integer({
          minimum: 1,
          maximum: 20,
          description: 'Answers generated, of which the `n` likeliest are returned; not with `stream`.',
        }),
      ),
    ),
    echo: Type.Optional(
      nullable(Type.Boolean({ description: 'Whether the text begins with the prompt. Default false.' })),
    ),
    suffix: refused('Text cannot be inserted before a suffix here.'),
  },
  { additionalProperties: false },
);

export type CompletionsFields = Static<typeof completionsSchema>;
