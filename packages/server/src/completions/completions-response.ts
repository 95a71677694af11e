import type { InferenceChoice, InferenceResponse, TokenLogprob } from '@ferrum/interfaces';
import { Type } from 'typebox';
import { now, toFinishReason, toUsage, usageSchema } from '../generation/generation-result.js';
import { nullable, oneOf } from '../schema/nullable.js';
import { CompletionLogprobsWriter, joinLogprobs } from './completion-logprobs.js';

/** @param promptTexts of each prompt, for the place of its first token; empty where it is not echoed */
export function toCompletionResponse(
  id: string,
  model: string,
  responses: readonly InferenceResponse[],
  promptTexts: readonly string[],
) {
  const choices = responses.flatMap((response, index) =>
    (response.choices ?? [response]).map((choice) =>
      toChoice(choice, response.promptLogprobs, promptTexts[index] ?? ''),
    ),
  );
  return {
    id,
    object: 'text_completion' as const,
    created: now(),
    model,
    choices: choices.map((choice, index) => ({ ...choice, index })),
    usage: toUsage(sum(responses.map(({ usage }) => usage))),
  };
}

function toChoice(
  { text, finishReason, logprobs }: InferenceChoice,
  promptLogprobs: InferenceResponse['promptLogprobs'],
  promptText: string,
) {
  const writer = new CompletionLogprobsWriter();
  return {
    text,
    logprobs: logprobs
      ? joinLogprobs([
          ...(promptLogprobs ? [writer.add(promptLogprobs, [firstTokenText(promptLogprobs, promptText)])] : []),
          writer.add(logprobs),
        ])
      : null,
    finish_reason: toFinishReason(finishReason),
  };
}

/** What the prompt's other tokens leave of its text. */
export function firstTokenText(promptLogprobs: readonly (TokenLogprob | null)[], promptText: string): string {
  const rest = promptLogprobs.reduce((length, logprob) => length + (logprob?.text.length ?? 0), 0);
  return promptText.slice(0, Math.max(0, promptText.length - rest));
}

type Usage = InferenceResponse['usage'];

export function sum(usages: readonly Usage[]): Usage {
  const total = (field: keyof Usage) => usages.reduce((count, usage) => count + (usage[field] ?? 0), 0);
  return {
    promptTokens: total('promptTokens'),
    completionTokens: total('completionTokens'),
    totalTokens: total('totalTokens'),
    cachedTokens: total('cachedTokens'),
  };
}

const choice = {
  index: Type.Integer({ description: "The prompt's place times `n`, plus the answer's." }),
  text: Type.String(),
  logprobs: Type.Union([
    Type.Object({
      tokens: Type.Array(Type.String()),
      token_logprobs: Type.Array(Type.Union([Type.Number(), Type.Null()])),
      top_logprobs: Type.Array(Type.Union([Type.Record(Type.String(), Type.Number()), Type.Null()])),
      text_offset: Type.Array(Type.Integer()),
    }),
    Type.Null(),
  ]),
};
const finishReason = oneOf(['stop', 'length', 'content_filter']);
const common = {
  id: Type.String(),
  object: Type.Literal('text_completion'),
  created: Type.Integer(),
  model: Type.String(),
};

export const completionResponseSchema = Type.Object({
  ...common,
  choices: Type.Array(Type.Object({ ...choice, finish_reason: finishReason })),
  usage: usageSchema,
});

export const completionChunkSchema = Type.Object({
  ...common,
  choices: Type.Array(Type.Object({ ...choice, finish_reason: nullable(finishReason) }), {
    description: 'None in the chunk of the usage.',
  }),
  usage: Type.Optional(nullable(usageSchema)),
});
