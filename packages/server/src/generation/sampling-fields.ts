import type { SamplingParams } from '@ferrum/interfaces';
import { type Static, Type } from 'typebox';
import { badRequest } from '../http/api-error.js';
import { noEffect, nullable, oneOf, onlyFalse } from '../schema/nullable.js';

const penalty = (description: string) => Type.Optional(nullable(Type.Number({ minimum: -2, maximum: 2, description })));
const tokenId = Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 });
const stopText = Type.String({ minLength: 1, maxLength: 1024 });

/** What chat and completions have in common: OpenAI's fields, then the extensions. */
export const samplingFields = {
  temperature: Type.Optional(
    nullable(
      Type.Number({
        minimum: 0,
        maximum: 2,
        description: "0 is greedy. Default: what the model's makers recommend, else 1.",
      }),
    ),
  ),
  top_p: Type.Optional(
    nullable(Type.Number({ minimum: 0, maximum: 1, description: 'Default: as recommended, else 1.' })),
  ),
  frequency_penalty: penalty("Subtracted from a token's logit for each time it was generated. Default 0."),
  presence_penalty: penalty('Subtracted once from the logit of every token generated. Default 0.'),
  logit_bias: Type.Optional(
    nullable(
      Type.Record(Type.String({ pattern: '^[0-9]{1,10}$' }), Type.Number({ minimum: -100, maximum: 100 }), {
        additionalProperties: false,
        description: 'Added to the logits of tokens, by token id.',
      }),
    ),
  ),
  seed: Type.Optional(
    nullable(
      Type.Integer({
        minimum: -(2 ** 63),
        maximum: 2 ** 63,
        description: 'Same seed, same answer. Of larger numbers the remainder by 2^53.',
      }),
    ),
  ),
  stop: Type.Optional(
    nullable(
      Type.Unsafe<string | string[]>({
        description: 'The answer ends before the first of these texts, up to four.',
        anyOf: [stopText, Type.Array(stopText, { maxItems: 4 })],
      }),
    ),
  ),
  n: Type.Optional(
    nullable(Type.Integer({ minimum: 1, maximum: 128, description: 'Answers to the same prompt. Default 1.' })),
  ),
  stream: Type.Optional(
    nullable(Type.Boolean({ description: 'Server-sent events instead of one response. Default false.' })),
  ),
  stream_options: Type.Optional(
    nullable(
      Type.Object(
        {
          include_usage: Type.Optional(
            nullable(Type.Boolean({ description: 'A last chunk tells the usage. Default false.' })),
          ),
          include_obfuscation: onlyFalse('chunks are not padded.'),
        },
        { additionalProperties: false, description: 'Only with `stream`.' },
      ),
    ),
  ),
  user: noEffect(Type.String()),
  top_k: Type.Optional(
    nullable(
      Type.Integer({
        minimum: -1,
        maximum: 2 ** 31 - 1,
        description: 'Extension: only the k likeliest tokens; −1 and 0 are all.',
      }),
    ),
  ),
  min_p: Type.Optional(
    nullable(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'Extension: only tokens at least this fraction as likely as the best.',
      }),
    ),
  ),
  repetition_penalty: Type.Optional(
    nullable(
      Type.Number({ exclusiveMinimum: 0, maximum: 100, description: 'Extension: Keskar et al. 2019; 1 is off.' }),
    ),
  ),
  stop_token_ids: Type.Optional(
    nullable(Type.Array(tokenId, { maxItems: 1024, description: 'Extension: tokens that end the answer.' })),
  ),
  ignore_eos: Type.Optional(
    nullable(Type.Boolean({ description: "Extension: generates past the model's end tokens. Default false." })),
  ),
  priority: Type.Optional(
    nullable(
      oneOf(['low', 'normal', 'high', 'critical'], {
        description: 'Extension: who goes first when it is crowded. Default normal.',
      }),
    ),
  ),
};

const samplingSchema = Type.Object(samplingFields);

export type SamplingFields = Static<typeof samplingSchema>;

/** Only what was given, so that the model's recommended values stand for the rest. */
export function toSampling(fields: SamplingFields): Partial<SamplingParams> {
  const { temperature, top_p, frequency_penalty, presence_penalty, logit_bias, seed, stop, n } = fields;
  const { top_k, min_p, repetition_penalty, stop_token_ids, ignore_eos } = fields;
  return withoutMissing({
    temperature,
    topP: aboveZero(top_p),
    frequencyPenalty: frequency_penalty,
    presencePenalty: presence_penalty,
    logitBias: logit_bias,
    seed: seed == null ? seed : toSeed(seed),
    stopSequences: typeof stop === 'string' ? [stop] : stop,
    n,
    topK: top_k != null && top_k < 1 ? 2 ** 31 - 1 : top_k,
    minP: aboveZero(min_p),
    repetitionPenalty: repetition_penalty,
    stopTokens: stop_token_ids,
    ignoreEos: ignore_eos,
  });
}

/** @throws FerrumError `RequestValidation` for `stream_options` of a response that is not streamed. */
export function checkStreamOptions({ stream, stream_options }: SamplingFields): void {
  if (stream_options != null && !stream)
    throw badRequest('stream_options', '`stream_options` goes with `stream: true`.');
}

export type Missable<T> = { readonly [K in keyof T]: T[K] | null | undefined };

/** Without the fields that are null or undefined. */
export function withoutMissing<T extends object>(fields: Missable<T>): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null)) as Partial<T>;
}

/** Engines take fractions above 0; so little as this leaves only the likeliest token, or every one, as 0 says. */
function aboveZero(fraction: number | null | undefined): number | null | undefined {
  return fraction === 0 ? 1e-9 : fraction;
}

function toSeed(seed: number): number {
  const range = 2 ** 53;
  const rest = seed % range;
  // Added to one that is not negative it would be more than a number holds exactly.
  return rest < 0 ? rest + range : rest;
}
