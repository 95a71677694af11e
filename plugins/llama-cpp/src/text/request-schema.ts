import type { JsonObject, JsonValue } from '@ferrum/interfaces';
import * as v from 'valibot';
import { atLeastOne, countable, finite, signal } from '../valibot-issue.js';

const text = v.string();
const someText = v.pipe(text, v.minLength(1));
const share = v.pipe(v.number(), v.gtValue(0), v.maxValue(1));
const penalty = v.pipe(finite, v.minValue(-100), v.maxValue(100));
const tokenIds = v.pipe(v.array(countable), v.maxLength(65_536), v.readonly());
const jsonObject = v.custom<JsonObject>(
  (given) => typeof given === 'object' && given !== null && !Array.isArray(given),
  'must be a JSON object',
);

export const messagesSchema = v.pipe(
  v.array(
    v.strictObject({
      role: v.picklist(['system', 'user', 'assistant', 'tool']),
      content: text,
      reasoning: v.optional(text),
      name: v.optional(text),
      toolCalls: v.optional(v.array(v.unknown())),
      toolCallId: v.optional(text),
    }),
  ),
  v.minLength(1, 'needs at least one message'),
);

const responseFormat = v.variant('type', [
  v.strictObject({ type: v.literal('text') }),
  v.strictObject({ type: v.literal('json_object') }),
  v.strictObject({ type: v.literal('json_schema'), schema: jsonObject }),
  // What is refused.
  v.looseObject({ type: v.picklist(['grammar', 'regex', 'choice']) }),
]);

const logitBias = v.pipe(
  v.record(v.pipe(text, v.regex(/^(0|[1-9]\d{0,9})$/, 'must have token ids for keys')), penalty),
  v.check((bias) => Object.keys(bias).length <= 65_536, 'has more than 65536 entries'),
);

/** Fields of other engines' features, which are refused. */
const foreign = v.optional(v.unknown());

const samplingSchema = v.strictObject({
  maxTokens: v.optional(atLeastOne),
  temperature: v.optional(v.pipe(finite, v.minValue(0))),
  topP: v.optional(share),
  topK: v.optional(atLeastOne),
  minP: v.optional(share),
  repetitionPenalty: v.optional(v.pipe(finite, v.gtValue(0))),
  presencePenalty: v.optional(penalty),
  frequencyPenalty: v.optional(penalty),
  logitBias: v.optional(logitBias),
  bannedTokens: v.optional(tokenIds),
  stopTokens: v.optional(tokenIds),
  stopSequences: v.optional(v.pipe(v.array(v.pipe(someText, v.maxLength(1024))), v.maxLength(64), v.readonly())),
  seed: v.optional(countable),
  ignoreEos: v.optional(v.boolean()),
  n: v.optional(v.pipe(atLeastOne, v.maxValue(128))),
  bestOf: v.optional(v.pipe(atLeastOne, v.maxValue(128))),
  responseFormat: v.optional(responseFormat),
  // What is refused unless it asks for nothing.
  tfs: v.optional(share),
  typicalP: v.optional(share),
  mirostat: v.optional(v.unknown()),
  dry: v.optional(v.looseObject({ multiplier: v.pipe(finite, v.minValue(0)) })),
  forcedTokens: v.optional(tokenIds),
  minTokens: v.optional(countable),
  logprobs: v.optional(v.boolean()),
  topLogprobs: v.optional(v.pipe(countable, v.maxValue(20))),
  echo: v.optional(v.boolean()),
});

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
  sampling: v.optional(samplingSchema),
  preset: v.optional(someText),
  priority: v.optional(v.picklist(['low', 'normal', 'high', 'critical'])),
  clientId: v.optional(someText),
  sessionId: foreign,
  tools: foreign,
  toolChoice: foreign,
  parallelToolCalls: foreign,
  toolCallFormat: foreign,
  templateVariables: foreign,
  reasoning: foreign,
  adapter: foreign,
  timeoutMs: v.optional(v.pipe(finite, v.gtValue(0))),
  deadline: v.optional(
    v.pipe(
      v.date('must be a Date'),
      v.check((date) => !Number.isNaN(date.getTime()), 'must be a valid Date'),
    ),
  ),
  cacheSalt: v.optional(someText),
  metadata: v.optional(jsonObject as v.GenericSchema<Readonly<Record<string, JsonValue>>>),
  signal: v.optional(signal),
});

export type ParsedRequest = v.InferOutput<typeof requestSchema>;
