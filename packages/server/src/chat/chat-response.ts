import type { InferenceChoice, InferenceResponse } from '@ferrum/interfaces';
import { Type } from 'typebox';
import { now, toFinishReason, toUsage, usageSchema } from '../generation/generation-result.js';
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

export const chatResponseSchema = Type.Object({
  id: Type.String(),
  object: Type.Literal('chat.completion'),
  created: Type.Integer(),
  model: Type.String(),
  choices: Type.Array(
    Type.Object({
      index: Type.Integer(),
      message: Type.Object({ role: Type.Literal('assistant'), content: Type.String(), refusal: Type.Null() }),
      logprobs: Type.Union([Type.Object({ content: Type.Array(Type.Unknown()), refusal: Type.Null() }), Type.Null()]),
      finish_reason: Type.Unsafe<string>({ type: 'string', enum: ['stop', 'length', 'content_filter'] }),
    }),
  ),
  usage: usageSchema,
});
