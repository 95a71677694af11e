import { randomInt, randomUUID } from 'node:crypto';
import type { FerrumErrorCode, InferenceRequest, JsonValue, SamplingParams } from '@ferrum/interfaces';
import { describeIssue, wholeNumber } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';

/** A request whose every value was checked and whose defaults are filled in. */
export interface CheckedRequest {
  readonly id: string;
  readonly input:
    | { readonly kind: 'prompt'; readonly prompt: string; readonly raw: boolean }
    | { readonly kind: 'chat'; readonly messages: readonly v.InferOutput<typeof messageSchema>[] };
  readonly maxTokens: number | undefined;
  readonly temperature: number;
  readonly topP: number;
  readonly topK?: number;
  readonly seed: number;
  readonly stopSequences: readonly string[];
  readonly ignoreEos: boolean;
  readonly metadata: Readonly<Record<string, JsonValue>>;
  readonly signal: AbortSignal | undefined;
}

/** Marks what is wrong with this engine rather than with the request. */
const notSupported = 'is not supported by this engine';

const text = v.string();
const someText = v.pipe(text, v.minLength(1));
const atLeastOne = v.pipe(wholeNumber, v.minValue(1));

const messageSchema = v.strictObject({
  role: v.picklist(['system', 'user', 'assistant']),
  content: text,
  name: v.optional(text),
});

const samplingSchema = v.strictObject({
  maxTokens: v.optional(atLeastOne),
  temperature: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0))),
  topP: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1))),
  topK: v.optional(atLeastOne),
  seed: v.optional(v.pipe(wholeNumber, v.minValue(0))),
  stopSequences: v.optional(v.pipe(v.array(someText), v.maxLength(64), v.readonly())),
  ignoreEos: v.optional(v.boolean()),
  // Known fields of SamplingParams that this engine accepts only at the value that turns them off.
  repetitionPenalty: off(1),
  presencePenalty: off(0),
  frequencyPenalty: off(0),
  minP: off(undefined),
  tfs: off(undefined),
  typicalP: off(undefined),
  mirostat: off(undefined),
  responseFormat: v.optional(
    v.pipe(
      v.object({ type: text }),
      v.check(({ type }) => type === 'text', `${notSupported}, only { type: "text" }`),
    ),
  ),
});

const requestSchema = v.strictObject({
  id: v.optional(someText),
  prompt: v.optional(text),
  raw: v.optional(v.boolean()),
  messages: v.optional(v.pipe(v.array(messageSchema), v.minLength(1, 'needs at least one message'))),
  sampling: v.optional(samplingSchema),
  // One request runs at a time, first come first served: who asks and how urgently changes nothing.
  priority: v.optional(v.literal('normal', `other than "normal" ${notSupported}`)),
  clientId: off(undefined),
  sessionId: off(undefined),
  metadata: v.optional(v.custom<Readonly<Record<string, JsonValue>>>(isJsonObject, 'must be a JSON object')),
  signal: v.optional(v.instance(AbortSignal)),
});

/**
 * @param recommended the model's own sampling values, used where the request has none.
 * @throws FerrumError `RequestValidation` naming the field and what is allowed; `Unsupported` for fields that this engine
 * does not honour.
 */
export function checkRequest(request: InferenceRequest, recommended: Partial<SamplingParams> = {}): CheckedRequest {
  const result = v.safeParse(requestSchema, withoutUndefined(request), { abortEarly: true });
  if (!result.success) {
    const { field, message } = describeIssue(result.issues);
    throw invalid(
      `${field && `\`${field}\`: `}${message}`,
      field,
      message.includes(notSupported) ? 'Unsupported' : undefined,
    );
  }
  const { id, prompt, raw, messages, sampling = {}, metadata, signal } = result.output;
  if ((prompt === undefined) === (messages === undefined)) {
    throw invalid('give either `prompt` or `messages`', 'prompt');
  }
  if (messages && raw !== undefined) throw invalid('`raw` goes with `prompt`, not with `messages`', 'raw');
  if (prompt === '') throw invalid('`prompt` is empty; give at least one character', 'prompt');
  const topK = sampling.topK ?? recommended.topK;
  return {
    id: id ?? randomUUID(),
    input: messages ? { kind: 'chat', messages } : { kind: 'prompt', prompt: prompt as string, raw: raw ?? false },
    maxTokens: sampling.maxTokens ?? recommended.maxTokens,
    temperature: sampling.temperature ?? recommended.temperature ?? 1,
    topP: sampling.topP ?? recommended.topP ?? 1,
    ...(topK === undefined ? {} : { topK }),
    seed: sampling.seed ?? randomInt(2 ** 48 - 1),
    stopSequences: sampling.stopSequences ?? recommended.stopSequences ?? [],
    ignoreEos: sampling.ignoreEos ?? false,
    metadata: metadata ?? {},
    signal,
  };
}

function off(value: number | undefined) {
  const message = `${notSupported}; leave it out${value === undefined ? '' : ` or at ${value}`}`;
  return v.optional(v.custom<number | undefined>((given) => given === value, message));
}

function isJsonObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && isPlain(value) && Object.values(value).every(isJson);
}

function isJson(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isJson);
  return (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    Number.isFinite(value) ||
    isJsonObject(value)
  );
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function invalid(message: string, parameter: string, code: FerrumErrorCode = 'RequestValidation'): FerrumError {
  return new FerrumError(code, `Invalid request: ${message}.`, { details: { parameter } });
}

/** An explicit undefined means the same as a missing field. */
function withoutUndefined(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(kept.map(([key, field]) => [key, key === 'sampling' ? withoutUndefined(field) : field]));
}
