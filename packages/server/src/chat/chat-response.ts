import type { InferenceChoice, InferenceResponse } from '@ferrum/interfaces';
import { Type } from 'typebox';
import { now, toFinishReason, toUsage, usageSchema } from '../generation/generation-result.js';
import { nullable, oneOf } from '../schema/nullable.js';
import { toChatLogprobs } from './chat-logprobs.js';

export function toChatResponse(id: string, model: string, response: InferenceResponse) {
  const choices = response.choices ?? [response];
  return {
    id,
    object: 'chat.completion' as const,
    created: now(),
    model,
    choices: choices.map(toChoice),
    usage: toUsage(response.usage),
  };
}

function toChoice({ text, finishReason, logprobs }: InferenceChoice, index: number) {
  return {
    index,
    message: { role: 'assistant' as const, content: text, refusal: null },
    logprobs: toChatLogprobs(logprobs),
    finish_reason: toFinishReason(finishReason),
  };
}

const token = {
  token: Type.String(),
  logprob: Type.Number(),
  bytes: Type.Union([Type.Array(Type.Integer()), Type.Null()]),
};
const logprobs = Type.Union([
  Type.Object({
    content: Type.Array(Type.Object({ ...token, top_logprobs: Type.Array(Type.Object(token)) })),
    refusal: Type.Null(),
  }),
  Type.Null(),
]);
const finishReason = oneOf(['stop', 'length', 'content_filter']);
const common = { id: Type.String(), created: Type.Integer(), model: Type.String() };

export const chatResponseSchema = Type.Object({
  ...common,
  object: Type.Literal('chat.completion'),
  choices: Type.Array(
    Type.Object({
      index: Type.Integer(),
      message: Type.Object({ role: Type.Literal('assistant'), content: Type.String(), refusal: Type.Null() }),
      logprobs,
      finish_reason: finishReason,
    }),
  ),
  usage: usageSchema,
});

export const chatChunkSchema = Type.Object({
  ...common,
  object: Type.Literal('chat.completion.chunk'),
  choices: Type.Array(
    Type.Object({
      index: Type.Integer(),
      delta: Type.Object({
        role: Type.Optional(Type.Literal('assistant')),
        content: Type.Optional(Type.String()),
        refusal: Type.Optional(Type.Null()),
      }),
      logprobs,
      finish_reason: nullable(finishReason),
    }),
    { description: 'None in the chunk of the usage.' },
  ),
  usage: Type.Optional(nullable(usageSchema)),
});
