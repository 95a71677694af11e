import type { JsonObject, JsonValue } from '@ferrum/interfaces';
import { wholeNumber } from '@ferrum/models';
import * as v from 'valibot';
import { chatFields, messageSchema } from '../chat/chat-schema.js';
import { dictionary, plainObject } from './dictionary.js';
import { jsonObjectProblem } from './json-object.js';

/** Marks what is wrong with this engine rather than with the request. */
export const notSupported = 'is not supported by this engine';

const text = v.string();
const someText = v.pipe(text, v.minLength(1));
const stopSequence = v.pipe(someText, v.maxLength(1024));
const countable = v.pipe(wholeNumber, v.minValue(0));
const atLeastOne = v.pipe(wholeNumber, v.minValue(1));
const finite = v.pipe(v.number(), v.finite());
const share = v.pipe(v.number(), v.gtValue(0), v.maxValue(1));
const tokenIds = v.pipe(v.array(countable), v.maxLength(65_536), v.readonly());

export type CheckedMessage = v.InferOutput<typeof messageSchema>;

export const messagesSchema = v.pipe(v.array(messageSchema), v.minLength(1, 'needs at least one message'));

export const signalSchema = v.instance(AbortSignal);

const drySchema = v.strictObject({
  multiplier: v.pipe(finite, v.minValue(0)),
  base: v.optional(v.pipe(finite, v.minValue(1)), 1.75),
  allowedLength: v.optional(atLeastOne, 2),
  penaltyLastN: v.optional(atLeastOne),
  sequenceBreakers: v.optional(v.pipe(v.array(someText), v.maxLength(64), v.readonly()), ['\n', ':', '"', '*']),
});

const mirostatSchema = v.strictObject({
  mode: v.picklist([1, 2], 'must be 1 or 2'),
  // More surprise than any vocabulary has.
  tau: v.pipe(finite, v.gtValue(0), v.maxValue(100)),
  eta: v.pipe(finite, v.gtValue(0), v.maxValue(1)),
});

const logitBiasSchema = v.pipe(
  dictionary(v.pipe(finite, v.minValue(-100), v.maxValue(100)), (key) =>
    /^(0|[1-9]\d{0,9})$/.test(key) ? undefined : 'must be a token id',
  ),
  v.check((bias) => Object.keys(bias).length <= 65_536, 'has more than 65536 entries'),
);

const jsonObject = v.custom<JsonObject>(
  (given) => jsonObjectProblem(given) === undefined,
  ({ input }) => jsonObjectProblem(input) ?? '',
);

const responseFormatSchema = v.variant(
  'type',
  [
    v.strictObject({ type: v.literal('text') }),
    v.strictObject({ type: v.literal('json_object') }),
    v.strictObject({ type: v.literal('json_schema'), schema: jsonObject }),
    v.strictObject({ type: v.literal('grammar'), grammar: someText }),
    v.strictObject({ type: v.literal('regex'), pattern: text }),
    v.strictObject({ type: v.literal('choice'), choices: v.pipe(v.array(text), v.minLength(1), v.readonly()) }),
  ],
  'must be text, json_object, json_schema, grammar, regex or choice',
);

export const samplingSchema = v.pipe(
  plainObject,
  v.strictObject({
    maxTokens: v.optional(atLeastOne),
    temperature: v.optional(v.pipe(finite, v.minValue(0))),
    topP: v.optional(share),
    topK: v.optional(atLeastOne),
    minP: v.optional(share),
    tfs: v.optional(share),
    typicalP: v.optional(share),
    mirostat: v.optional(mirostatSchema),
    repetitionPenalty: v.optional(v.pipe(finite, v.gtValue(0))),
    presencePenalty: v.optional(v.pipe(finite, v.minValue(-100), v.maxValue(100))),
    frequencyPenalty: v.optional(v.pipe(finite, v.minValue(-100), v.maxValue(100))),
    dry: v.optional(drySchema),
    logitBias: v.optional(logitBiasSchema),
    bannedTokens: v.optional(tokenIds),
    forcedTokens: v.optional(tokenIds),
    minTokens: v.optional(countable),
    stopTokens: v.optional(tokenIds),
    stopSequences: v.optional(v.pipe(v.array(stopSequence), v.maxLength(64), v.readonly())),
    seed: v.optional(countable),
    ignoreEos: v.optional(v.boolean()),
    logprobs: v.optional(v.boolean()),
    topLogprobs: v.optional(v.pipe(countable, v.maxValue(20))),
    n: v.optional(v.pipe(atLeastOne, v.maxValue(128))),
    bestOf: v.optional(v.pipe(atLeastOne, v.maxValue(128))),
    echo: v.optional(v.boolean()),
    responseFormat: v.optional(responseFormatSchema),
  }),
);

export type CheckedSampling = v.InferOutput<typeof samplingSchema>;

export const requestSchema = v.strictObject({
  id: v.optional(someText),
  prompt: v.optional(
    // The ids are looked at later, against the vocabulary.
    v.custom<string | readonly unknown[]>(
      (given) => typeof given === 'string' || Array.isArray(given),
      'must be text or a list of token ids',
    ),
  ),
  raw: v.optional(v.boolean()),
  messages: v.optional(messagesSchema),
  ...chatFields,
  sampling: v.optional(samplingSchema),
  preset: v.optional(someText),
  priority: v.optional(v.picklist(['low', 'normal', 'high', 'critical'])),
  clientId: v.optional(someText),
  sessionId: v.optional(
    v.custom<undefined>(
      (given) => given === undefined,
      `${notSupported}; the prefix cache finds a conversation by its text`,
    ),
  ),
  timeoutMs: v.optional(v.pipe(finite, v.gtValue(0))),
  deadline: v.optional(
    v.pipe(
      v.date('must be a Date'),
      v.check((date) => !Number.isNaN(date.getTime()), 'must be a valid Date'),
    ),
  ),
  cacheSalt: v.optional(someText),
  adapter: v.optional(someText),
  metadata: v.optional(
    v.custom<Readonly<Record<string, JsonValue>>>(
      (given) => jsonObjectProblem(given) === undefined,
      ({ input }) => jsonObjectProblem(input) ?? '',
    ),
  ),
  signal: v.optional(signalSchema),
});
