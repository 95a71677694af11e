import type { FinishReason, TokenUsage } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { Type } from 'typebox';

/** @throws FerrumError for an answer that was not finished. */
export function toFinishReason(reason: FinishReason): 'stop' | 'length' | 'tool_calls' | 'content_filter' {
  switch (reason) {
    case 'stop':
    case 'eos':
      return 'stop';
    case 'length':
    case 'tool_calls':
    case 'content_filter':
      return reason;
    case 'cancelled':
      throw new FerrumError('Cancelled', 'The model was closed before the answer was complete. Ask again.', {
        retryAfterMs: 5000,
      });
    case 'error':
      throw new FerrumError('Backend', 'The model failed in the middle of the answer.');
  }
}

export function toUsage({ promptTokens, completionTokens, reasoningTokens, totalTokens, cachedTokens }: TokenUsage) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: totalTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
    ...(reasoningTokens === undefined ? {} : { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  };
}

export const usageSchema = Type.Object({
  prompt_tokens: Type.Integer(),
  completion_tokens: Type.Integer(),
  total_tokens: Type.Integer(),
  prompt_tokens_details: Type.Object({ cached_tokens: Type.Integer({ description: 'Found in the prefix cache.' }) }),
  completion_tokens_details: Type.Optional(
    Type.Object({
      reasoning_tokens: Type.Integer({ description: 'Those that were reasoning; of models that think.' }),
    }),
  ),
});

/** Seconds since 1970. */
export const now = (): number => Math.floor(Date.now() / 1000);
