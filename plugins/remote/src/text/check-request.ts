import { randomUUID } from 'node:crypto';
import type { InferenceRequest, JsonValue, Priority, SamplingParams } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import type { TimeLimits } from '../engine/deadline.js';
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
  readonly limits: TimeLimits;
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
  const isCompletion = prompt !== undefined && (typeof prompt !== 'string' || raw === true);
  checkFeatures(sampling, checked.priority, isCompletion, features);
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

/** What not every server can do. */
function checkFeatures(
  { responseFormat }: CheckedSampling,
  priority: Priority | undefined,
  isCompletion: boolean,
  features: readonly string[],
): void {
  const refuse = (field: string) => invalid(`\`${field}\` ${notSupported}`, field, 'Unsupported');
  if (priority !== undefined && priority !== 'normal' && !features.includes('priority')) throw refuse('priority');
  const type = responseFormat?.type ?? 'text';
  if (type === 'text') return;
  // Of completions OpenAI's API has no such field, and a server that ignores it would answer something else.
  if (isCompletion || !features.includes(type.replace('_', '-'))) throw refuse('sampling.responseFormat');
}

function invalid(message: string, parameter: string, code: 'RequestValidation' | 'Unsupported' = 'RequestValidation') {
  return new FerrumError(code, `Invalid request: ${message}.`, { details: { parameter } });
}
