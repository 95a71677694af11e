import { randomInt, randomUUID } from 'node:crypto';
import type { InferenceRequest, JsonValue, Priority, SamplingParams } from '@ferrum/interfaces';
import { describeIssue } from '@ferrum/models';
import * as v from 'valibot';
import type { ChatOptions } from '../chat/chat-options.js';
import { chatFields } from '../chat/chat-schema.js';
import { checkChat } from '../chat/check-chat.js';
import { imagesOf } from '../chat/message-content.js';
import type { ConstraintSpec } from '../constraint/constraint-spec.js';
import type { SamplingOptions } from '../sampling/sampling-options.js';
import { checkTokenIds } from './check-token-ids.js';
import { invalid } from './invalid.js';
import { type CheckedMessage, type CheckedSampling, notSupported, requestSchema } from './request-schema.js';

/** Why a model takes no images. */
export const blind = 'this model sees no images; ask one that does, such as SmolVLM';

/** New tokens where nobody says how many. */
export const defaultMaxTokens = 512;

/** A request whose every value was checked and whose defaults are filled in. */
export interface CheckedRequest {
  readonly id: string;
  readonly input:
    | { readonly kind: 'prompt'; readonly prompt: string; readonly raw: boolean }
    | { readonly kind: 'tokens'; readonly tokens: readonly number[] }
    | { readonly kind: 'chat'; readonly messages: readonly CheckedMessage[]; readonly options: ChatOptions };
  readonly sampling: SamplingOptions;
  /** What `sampling` was made of: the request's own values, and those of preset and defaults where it has none. */
  readonly samplingParams: Partial<SamplingParams>;
  readonly maxTokens: number | undefined;
  readonly stopSequences: readonly string[];
  readonly stopTokens: readonly number[];
  readonly ignoreEos: boolean;
  /** What the answer must look like; with `sampling.responseFormat`, or calls that are forced. */
  readonly constraint: ConstraintSpec | undefined;
  /** Whether the answer carries log-probabilities; `sampling` may take them for `bestOf` alone. */
  readonly logprobs: boolean;
  /** Answers to return, and to generate. */
  readonly n: number;
  readonly bestOf: number;
  readonly echo: boolean;
  readonly priority: Priority;
  readonly clientId: string | undefined;
  readonly timeoutMs: number | undefined;
  readonly deadline: Date | undefined;
  readonly cacheSalt: string | undefined;
  readonly adapter: string | undefined;
  readonly metadata: Readonly<Record<string, JsonValue>>;
  readonly signal: AbortSignal | undefined;
}

/** What a request is checked against. */
export interface RequestRules {
  /** The model's own sampling values, used where the request has none. */
  readonly recommended?: Partial<SamplingParams> | undefined;
  readonly presets?: Readonly<Record<string, Partial<SamplingParams>>>;
  readonly vocabularySize: number;
  /** Why messages may have no images; absent: they may. */
  readonly noImages?: string | undefined;
  /** Fields, by their path, that the engine does not honour. */
  readonly refused?: readonly RefusableField[];
}

export type RefusableField =
  | 'priority'
  | 'clientId'
  | 'cacheSalt'
  | 'adapter'
  | 'sampling.n'
  | 'sampling.bestOf'
  | 'sampling.echo';

/**
 * @throws FerrumError `RequestValidation` naming the field and what is allowed; `Unsupported` for fields that this engine
 * does not honour.
 */
export function checkRequest(request: InferenceRequest, rules: RequestRules): CheckedRequest {
  const result = v.safeParse(requestSchema, withoutUndefined(request), { abortEarly: true });
  if (!result.success) {
    const { field, message } = describeIssue(result.issues);
    throw invalid(
      `${field && `\`${field}\`: `}${message}`,
      field,
      message.includes(notSupported) ? 'Unsupported' : undefined,
    );
  }
  const { id, prompt, raw, messages, preset, metadata, signal, ...rest } = result.output;
  refuse(result.output, rules.refused ?? []);
  if ((prompt === undefined) === (messages === undefined)) {
    throw invalid('give either `prompt` or `messages`', 'prompt');
  }
  if (!messages) {
    const field = chatFieldNames.find((name) => rest[name] !== undefined);
    if (field) throw invalid(`\`${field}\`: goes with \`messages\`, not with \`prompt\``, field);
  }
  const image = messages && rules.noImages !== undefined ? imagesOf(messages)[0]?.place : undefined;
  if (image !== undefined) throw invalid(`\`${image}\`: ${rules.noImages}`, image, 'Unsupported');
  if (messages && raw !== undefined) throw invalid('`raw` goes with `prompt`, not with `messages`', 'raw');
  const input = messages
    ? chatInput(messages, rest)
    : promptInput(prompt as NonNullable<typeof prompt>, raw, rules.vocabularySize);
  const defaults = merge(rules.recommended ?? {}, presetOf(preset, rules.presets ?? {}));
  const sampling = merge(defaults, rest.sampling ?? {}) as CheckedSampling;
  if (messages && sampling.echo)
    throw invalid('`sampling.echo` goes with `prompt`, not with `messages`', 'sampling.echo');
  checkTogether(sampling, rules.vocabularySize);
  const n = sampling.n ?? 1;
  const bestOf = sampling.bestOf ?? n;
  const options = samplingOptions(sampling, bestOf > n);
  return {
    id: id ?? randomUUID(),
    input,
    sampling: options,
    samplingParams: { ...sampling, seed: options.seed } as Partial<SamplingParams>,
    maxTokens: sampling.maxTokens,
    stopSequences: sampling.stopSequences ?? [],
    stopTokens: sampling.stopTokens ?? [],
    ignoreEos: sampling.ignoreEos ?? false,
    constraint: constraintOf(sampling.responseFormat),
    logprobs: sampling.logprobs ?? false,
    n,
    bestOf,
    echo: sampling.echo ?? false,
    priority: rest.priority ?? 'normal',
    clientId: rest.clientId,
    timeoutMs: rest.timeoutMs,
    deadline: rest.deadline,
    cacheSalt: rest.cacheSalt,
    adapter: rest.adapter,
    metadata: metadata ?? {},
    signal,
  };
}

const chatFieldNames = Object.keys(chatFields) as (keyof typeof chatFields)[];

function chatInput(messages: readonly CheckedMessage[], options: ChatOptions): CheckedRequest['input'] {
  checkChat(messages, options);
  const { tools, toolChoice, parallelToolCalls, toolCallFormat, templateVariables, reasoning } = options;
  return {
    kind: 'chat',
    messages,
    options: { tools, toolChoice, parallelToolCalls, toolCallFormat, templateVariables, reasoning },
  };
}

function promptInput(
  prompt: string | readonly unknown[],
  raw: boolean | undefined,
  vocabularySize: number,
): CheckedRequest['input'] {
  if (prompt.length === 0) throw invalid('`prompt` is empty; give at least one character or token id', 'prompt');
  if (typeof prompt === 'string') return { kind: 'prompt', prompt, raw: raw ?? false };
  if (raw === false) throw invalid('`raw`: token ids go to the model as they are; leave it out', 'raw');
  return { kind: 'tokens', tokens: checkTokenIds(prompt, vocabularySize, 'prompt') };
}

/** Free text is no constraint. */
function constraintOf(format: CheckedSampling['responseFormat']): ConstraintSpec | undefined {
  return format === undefined || format.type === 'text' ? undefined : format;
}

const truncations = ['topK', 'topP', 'minP', 'tfs', 'typicalP'] as const;

type SomeSampling = Partial<SamplingParams> | CheckedSampling;

/** Mirostat stands in for truncation: who asks for one of the two turns off what defaults say of the other. */
function merge(defaults: SomeSampling, given: SomeSampling): SomeSampling {
  const kept: { -readonly [Field in keyof SamplingParams]?: unknown } = { ...defaults };
  if (given.mirostat) for (const field of truncations) delete kept[field];
  else if (truncationOf(given)) delete kept.mirostat;
  return { ...kept, ...given } as SomeSampling;
}

function truncationOf(sampling: SomeSampling): (typeof truncations)[number] | undefined {
  return truncations.find((field) => (field === 'topK' ? sampling.topK !== undefined : isOn(sampling[field])));
}

function samplingOptions(sampling: CheckedSampling, isRanked: boolean): SamplingOptions {
  const { topK, tfs, typicalP, minP, mirostat, dry } = sampling;
  return {
    temperature: sampling.temperature ?? 1,
    topP: sampling.topP ?? 1,
    ...(topK === undefined ? {} : { topK }),
    ...(tfs === undefined ? {} : { tfs }),
    ...(typicalP === undefined ? {} : { typicalP }),
    ...(minP === undefined ? {} : { minP }),
    ...(mirostat === undefined ? {} : { mirostat }),
    repetitionPenalty: sampling.repetitionPenalty ?? 1,
    presencePenalty: sampling.presencePenalty ?? 0,
    frequencyPenalty: sampling.frequencyPenalty ?? 0,
    ...(dry === undefined || dry.multiplier === 0
      ? {}
      : { dry: { ...dry, penaltyLastN: dry.penaltyLastN ?? Number.POSITIVE_INFINITY } }),
    logitBias: new Map(Object.entries(sampling.logitBias ?? {}).map(([token, bias]) => [Number(token), bias])),
    bannedTokens: sampling.bannedTokens ?? [],
    forcedTokens: sampling.forcedTokens ?? [],
    minTokens: sampling.minTokens ?? 0,
    seed: sampling.seed ?? randomInt(2 ** 48 - 1),
    topLogprobs: sampling.logprobs ? (sampling.topLogprobs ?? 0) : isRanked ? 0 : undefined,
  };
}

/** What only fields together can get wrong. */
function checkTogether(sampling: CheckedSampling, vocabularySize: number): void {
  const { topLogprobs, logprobs, n = 1, bestOf = n, maxTokens, minTokens, mirostat, responseFormat } = sampling;
  const wrong = (field: string, message: string) => invalid(`\`sampling.${field}\`: ${message}`, `sampling.${field}`);
  if (topLogprobs && !logprobs) throw wrong('topLogprobs', 'needs `sampling.logprobs`');
  if (sampling.ignoreEos && (responseFormat?.type ?? 'text') !== 'text') {
    throw wrong('ignoreEos', 'an answer with a format ends where the format does; leave it out');
  }
  if (bestOf < n) throw wrong('bestOf', `is ${bestOf}, but must be at least \`n\`, which is ${n}`);
  if (minTokens !== undefined && maxTokens !== undefined && minTokens > maxTokens) {
    throw wrong('minTokens', `is ${minTokens}, more than \`maxTokens\`, which is ${maxTokens}`);
  }
  if (mirostat) {
    const other = truncationOf(sampling);
    if (other) throw wrong('mirostat', `takes the place of \`${other}\`; give one of the two`);
  }
  const lists = {
    logitBias: Object.keys(sampling.logitBias ?? {}).map(Number),
    bannedTokens: sampling.bannedTokens,
    forcedTokens: sampling.forcedTokens,
    stopTokens: sampling.stopTokens,
  };
  for (const [field, tokens = []] of Object.entries(lists)) {
    const foreign = tokens.find((token) => token >= vocabularySize);
    if (foreign === undefined) continue;
    throw wrong(field, `${foreign} is no token id; they go from 0 to ${vocabularySize - 1}`);
  }
}

function isOn(value: number | undefined): boolean {
  return value !== undefined && value !== 1;
}

function presetOf(
  name: string | undefined,
  presets: Readonly<Record<string, Partial<SamplingParams>>>,
): Partial<SamplingParams> {
  if (name === undefined) return {};
  if (Object.hasOwn(presets, name)) return presets[name] as Partial<SamplingParams>;
  throw invalid(
    `\`preset\`: there is no preset "${name}"; there are ${Object.keys(presets).join(', ') || 'none'}`,
    'preset',
  );
}

function refuse(request: v.InferOutput<typeof requestSchema>, fields: readonly RefusableField[]): void {
  const { sampling = {} } = request;
  for (const field of fields) {
    const isGiven = {
      priority: request.priority !== undefined && request.priority !== 'normal',
      clientId: request.clientId !== undefined,
      cacheSalt: request.cacheSalt !== undefined,
      adapter: request.adapter !== undefined,
      'sampling.n': isOn(sampling.n),
      'sampling.bestOf': isOn(sampling.bestOf),
      'sampling.echo': sampling.echo === true,
    }[field];
    if (isGiven) throw invalid(`\`${field}\`: ${notSupported}; leave it out`, field, 'Unsupported');
  }
}

/** An explicit undefined means the same as a missing field. */
function withoutUndefined(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const kept = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(kept.map(([key, field]) => [key, key === 'sampling' ? withoutUndefined(field) : field]));
}
