import { randomUUID } from 'node:crypto';
import type { InferenceRequest, JsonValue, Priority, SamplingParams } from '@ferrum/interfaces';
import type { RequestTimeLimit } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { lacking } from '../engine/lacking-feature.js';
import { problemOf, withoutUndefined } from '../parse.js';
import { presets } from './presets.js';
import { type CheckedSampling, notSupported, requestSchema, samplingSchema } from './request-schema.js';

/** A request whose every value was checked. */
export interface CheckedRequest {
  readonly id: string;
  readonly input:
    | { readonly kind: 'chat'; readonly messages: readonly ChatFields[] }
    /** A text as it is, or token ids. */
    | { readonly kind: 'completion'; readonly prompt: string | readonly number[] };
  /** Of the request, the preset and the model's recommendations, in this order. */
  readonly sampling: CheckedSampling;
  /** Answers. */
  readonly n: number;
  readonly priority: Priority;
  readonly clientId: string | undefined;
  readonly limits: RequestTimeLimit;
  readonly metadata: Readonly<Record<string, JsonValue>>;
  readonly signal: AbortSignal | undefined;
}

export interface ChatFields {
  readonly role: string;
  readonly content: string;
  readonly name?: string | undefined;
}

export interface RequestRules {
  /** The model's own sampling values. */
  readonly recommended: Partial<SamplingParams> | undefined;
  readonly features: readonly string[];
}

/** @throws FerrumError `RequestValidation` naming the field, `Unsupported` for what no server can be sent */
export function checkRequest(request: InferenceRequest, { recommended, features }: RequestRules): CheckedRequest {
  const given = withoutUndefined(request) as InferenceRequest;
  const checked = parseRequest(requestSchema, withSampling(given));
  const { prompt, messages, raw, preset } = checked;
  if ((prompt === undefined) === (messages === undefined)) {
    throw invalid('give either `prompt` or `messages`', 'prompt');
  }
  if (messages !== undefined && raw !== undefined) throw invalid('`raw` goes with `prompt`', 'raw');
  if (Array.isArray(prompt) && raw === false) {
    throw invalid('`raw`: token ids go to the model as they are; leave it out', 'raw');
  }
  const sampling: CheckedSampling = {
    ...parseRequest(samplingSchema, withoutUndefined(recommended ?? {}), 'sampling'),
    ...presetOf(preset),
    ...checked.sampling,
  };
  checkFeatures(checked, sampling, features);
  // Without a chat endpoint a prompt is what the model gets.
  const isRaw = raw === true || !features.includes('chat');
  const isCompletion = prompt !== undefined && (typeof prompt !== 'string' || isRaw);
  // Of completions OpenAI's API has no such field, and a server that ignores it would answer something else.
  if (isCompletion && (sampling.responseFormat?.type ?? 'text') !== 'text') {
    throw invalid(
      '`sampling.responseFormat` goes with `messages`, or with a prompt that is not raw',
      'sampling.responseFormat',
      'Unsupported',
    );
  }
  return {
    id: checked.id ?? randomUUID(),
    input: isCompletion
      ? { kind: 'completion', prompt }
      : { kind: 'chat', messages: messages ?? [{ role: 'user', content: prompt as string }] },
    sampling,
    n: sampling.n ?? 1,
    priority: checked.priority ?? 'normal',
    clientId: checked.clientId,
    limits: { timeoutMs: checked.timeoutMs, deadline: checked.deadline },
    metadata: checked.metadata ?? {},
    signal: checked.signal,
  };
}

function withSampling(request: InferenceRequest): InferenceRequest {
  return typeof request === 'object' && request !== null && 'sampling' in request
    ? ({ ...request, sampling: withoutUndefined(request.sampling) } as InferenceRequest)
    : request;
}

function parseRequest<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  inside?: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const { field, message } = problemOf(result.issues);
  const path = [inside, field].filter(Boolean).join('.');
  throw invalid(
    `${path === '' ? 'the request' : `\`${path}\`:`} ${message}`,
    path,
    message === notSupported ? 'Unsupported' : undefined,
  );
}

function presetOf(name: string | undefined): CheckedSampling {
  if (name === undefined) return {};
  const preset = Object.entries(presets).find(([known]) => known === name)?.[1];
  if (preset !== undefined) return preset;
  const known = Object.keys(presets).join(', ');
  throw invalid(`\`preset\`: there is no preset "${name}"; there are ${known}`, 'preset');
}

/** What not every server can do: the feature, the field that uses it, whether the request does. */
function checkFeatures(
  { prompt, messages, raw, priority = 'normal' }: v.InferOutput<typeof requestSchema>,
  { seed, stopSequences = [], n = 1, responseFormat }: CheckedSampling,
  features: readonly string[],
): void {
  const uses = [
    ['chat', 'messages', messages !== undefined],
    ['raw-prompt', 'raw', raw === true],
    ['token-prompt', 'prompt', prompt !== undefined && typeof prompt !== 'string'],
    ['seed', 'sampling.seed', seed !== undefined],
    ['stop-sequences', 'sampling.stopSequences', stopSequences.length > 0],
    ['multiple-choices', 'sampling.n', n > 1],
    ['priority', 'priority', priority !== 'normal'],
    ['json-object', 'sampling.responseFormat', responseFormat?.type === 'json_object'],
    ['json-schema', 'sampling.responseFormat', responseFormat?.type === 'json_schema'],
  ] as const;
  for (const [feature, field, isUsed] of uses) {
    if (isUsed && !features.includes(feature)) throw lacking(feature, field);
  }
}

function invalid(message: string, parameter: string, code: 'RequestValidation' | 'Unsupported' = 'RequestValidation') {
  return new FerrumError(code, `Invalid request: ${message}.`, { details: { parameter } });
}
