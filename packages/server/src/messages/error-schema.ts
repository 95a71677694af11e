import { Type } from 'typebox';

/** Every error of Anthropic's API. */
export const anthropicErrorSchema = Type.Object(
  {
    type: Type.Literal('error'),
    error: Type.Object({
      type: Type.String(),
      message: Type.String(),
      details: Type.Optional(
        Type.Object({
          error_code: Type.String(),
          param: Type.Union([Type.String(), Type.Null()], { description: 'The field of the request that is wrong.' }),
        }),
      ),
    }),
    request_id: Type.String(),
  },
  { $id: 'AnthropicError', title: 'AnthropicError', description: 'What was wrong, where, and what to do about it.' },
);

/** Responses that its endpoints may give, for the API document. */
export const anthropicErrorResponses = {
  '4xx': { description: 'The request is wrong, not allowed, or too much.', ...Type.Ref('AnthropicError') },
  '5xx': {
    description: 'The server failed (500), or is overloaded or closing (503, with Retry-After).',
    ...Type.Ref('AnthropicError'),
  },
} as const;
