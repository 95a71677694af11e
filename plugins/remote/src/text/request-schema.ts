import type { JsonObject, JsonValue, SamplingParams } from '@ferrum/interfaces';
import * as v from 'valibot';

const someText = v.pipe(v.string(), v.minLength(1, 'is empty'));
const finite = v.pipe(v.number(), v.finite('must be finite'));
const whole = v.pipe(v.number(), v.safeInteger('must be a whole number'));
const countable = v.pipe(whole, v.minValue(0, 'must be at least 0'));
const atLeastOne = v.pipe(whole, v.minValue(1, 'must be at least 1'));
const share = v.pipe(finite, v.gtValue(0, 'must be above 0'), v.maxValue(1, 'must be at most 1'));
const penalty = v.pipe(finite, v.minValue(-100, 'must be at least -100'), v.maxValue(100, 'must be at most 100'));
const tokenIds = v.pipe(v.array(countable), v.readonly());
const object = v.custom<JsonObject>(isObject, 'must be an object');

/** The end of the message of what other engines can do and this one cannot. */
export const notSupported = 'is not supported by engines over servers; leave it out';

const responseFormat = v.variant('type', [
  v.strictObject({ type: v.literal('text') }),
  v.strictObject({ type: v.literal('json_object') }),
  v.strictObject({ type: v.literal('json_schema'), schema: object }),
  v.pipe(
    v.looseObject({ type: v.picklist(['grammar', 'regex', 'choice']) }),
    v.check(() => false, notSupported),
  ),
]);

/** Fields that OpenAI's API, or servers that extend it, can be sent. */
const sent = {
  maxTokens: v.optional(atLeastOne),
  temperature: v.optional(v.pipe(finite, v.minValue(0, 'must be at least 0'))),
  topP: v.optional(share),
  topK: v.optional(atLeastOne),
  minP: v.optional(share),
  repetitionPenalty: v.optional(v.pipe(finite, v.gtValue(0, 'must be above 0'))),
  presencePenalty: v.optional(penalty),
  frequencyPenalty: v.optional(penalty),
  logitBias: v.optional(
    v.pipe(
      object,
      v.record(v.pipe(v.string(), v.regex(/^(0|[1-9]\d{0,9})$/, 'is no token id')), penalty),
      v.readonly(),
    ),
  ),
  stopTokens: v.optional(tokenIds),
  stopSequences: v.optional(v.pipe(v.array(someText), v.readonly())),
  seed: v.optional(countable),
  ignoreEos: v.optional(v.boolean()),
  n: v.optional(v.pipe(atLeastOne, v.maxValue(128, 'must be at most 128'))),
  responseFormat: v.optional(responseFormat),
};

/** Fields that no server can be sent, and the value that says the same as none. */
const neutral: Readonly<Partial<Record<keyof SamplingParams, (value: unknown) => boolean>>> = {
  tfs: (value) => value === 1,
  typicalP: (value) => value === 1,
  mirostat: () => false,
  dry: (value) => isObject(value) && value.multiplier === 0,
  bannedTokens: isEmpty,
  forcedTokens: isEmpty,
  minTokens: (value) => value === 0,
  logprobs: (value) => value === false,
  topLogprobs: (value) => value === 0,
  bestOf: (value) => value === 1,
  echo: (value) => value === false,
};

const refused = Object.fromEntries(
  Object.entries(neutral).map(([name, isNeutral]) => [
    name,
    v.optional(v.custom<unknown>((value) => value === undefined || isNeutral(value), notSupported)),
  ]),
);

export const samplingSchema = v.strictObject({ ...refused, ...sent });

export type CheckedSampling = { readonly [Name in keyof typeof sent]?: v.InferOutput<(typeof sent)[Name]> };

const never = v.optional(v.custom<undefined>((value) => value === undefined, notSupported));

const message = v.strictObject({
  role: v.pipe(
    v.picklist(['system', 'user', 'assistant', 'tool'], 'must be system, user or assistant'),
    v.check((role) => role !== 'tool', notSupported),
  ),
  content: v.string(),
  reasoning: never,
  name: v.optional(v.string()),
  toolCalls: never,
  toolCallId: never,
});

export const requestSchema = v.strictObject({
  id: v.optional(someText),
  prompt: v.optional(
    v.union([someText, v.pipe(v.array(countable), v.minLength(1, 'is empty'), v.readonly())], ({ input }) =>
      isEmpty(input) || input === ''
        ? 'is empty; give at least one character or token id'
        : 'must be text or a list of token ids',
    ),
  ),
  raw: v.optional(v.boolean()),
  messages: v.optional(v.pipe(v.array(message), v.minLength(1, 'needs at least one message'), v.readonly())),
  sampling: v.optional(samplingSchema),
  preset: v.optional(someText),
  priority: v.optional(v.picklist(['low', 'normal', 'high', 'critical'])),
  clientId: v.optional(someText),
  sessionId: never,
  tools: never,
  toolChoice: never,
  parallelToolCalls: never,
  toolCallFormat: never,
  templateVariables: never,
  reasoning: never,
  adapter: never,
  timeoutMs: v.optional(v.pipe(finite, v.gtValue(0, 'must be above 0'))),
  deadline: v.optional(
    v.pipe(
      v.date('must be a Date'),
      v.check((date) => !Number.isNaN(date.getTime()), 'must be a valid Date'),
    ),
  ),
  cacheSalt: never,
  metadata: v.optional(v.custom<Readonly<Record<string, JsonValue>>>(isObject, 'must be an object')),
  signal: v.optional(v.instance(AbortSignal, 'must be an AbortSignal')),
});

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
