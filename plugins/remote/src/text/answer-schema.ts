import type { FinishReason, TokenUsage } from '@ferrum/interfaces';
import * as v from 'valibot';
import type { CheckedRequest } from './check-request.js';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0, 'must be at least 0'));

const usage = v.object({
  prompt_tokens: count,
  completion_tokens: v.optional(count, 0),
  prompt_tokens_details: v.nullish(v.object({ cached_tokens: v.nullish(count) })),
});

const finishReason = v.string();
/** vLLM's: the stop sequence or token that ended the answer, null where the model did. */
const stopReason = v.optional(v.nullable(v.union([v.string(), v.number()])));

/** Of /chat/completions and /completions alike. */
export const answerSchema = v.object({
  choices: v.array(
    v.object({
      index: count,
      finish_reason: finishReason,
      stop_reason: stopReason,
      text: v.optional(v.string()),
      message: v.optional(v.object({ content: v.nullish(v.string()) })),
    }),
  ),
  usage,
});

/** An event of a stream of either. */
export const eventSchema = v.object({
  choices: v.array(
    v.object({
      index: count,
      finish_reason: v.nullish(finishReason),
      stop_reason: stopReason,
      text: v.nullish(v.string()),
      delta: v.nullish(v.object({ content: v.nullish(v.string()) })),
    }),
  ),
  usage: v.nullish(usage),
});

export type AnswerUsage = v.InferOutput<typeof usage>;

export function toUsage({ prompt_tokens, completion_tokens, prompt_tokens_details }: AnswerUsage): TokenUsage {
  return {
    promptTokens: prompt_tokens,
    completionTokens: completion_tokens,
    totalTokens: prompt_tokens + completion_tokens,
    cachedTokens: Math.min(prompt_tokens, prompt_tokens_details?.cached_tokens ?? 0),
  };
}

/** OpenAI says `stop` both for the model's end and for a stop sequence; some servers add which it was. */
export function toFinishReason(
  reason: string,
  stopReason: string | number | null | undefined,
  { sampling: { stopSequences = [], stopTokens = [] } }: CheckedRequest,
): FinishReason {
  if (reason === 'length' || reason === 'content_filter') return reason;
  if (reason !== 'stop') return 'error';
  if (stopReason !== undefined) return stopReason === null ? 'eos' : 'stop';
  return stopSequences.length + stopTokens.length > 0 ? 'stop' : 'eos';
}
