import { Type } from 'typebox';

/** Every error of the API. */
export const errorSchema = Type.Object(
  {
    error: Type.Object({
      message: Type.String(),
      type: Type.String(),
      param: Type.Union([Type.String(), Type.Null()]),
      code: Type.Union([Type.String(), Type.Null()]),
    }),
  },
  { $id: 'Error', title: 'Error', description: 'What was wrong, where, and what to do about it.' },
);

/** Responses that any endpoint may give, for the API document. */
export const errorResponses = {
  '4xx': { description: 'The request is wrong, not allowed, or too much.', ...Type.Ref('Error') },
  '5xx': {
    description: 'The server failed (500), or is overloaded or closing (503, with Retry-After).',
    ...Type.Ref('Error'),
  },
} as const;

export const modelField = Type.String({
  minLength: 1,
  maxLength: 256,
  description: 'Id or alias of a model of /v1/models.',
});
