import { randomInt, randomUUID } from 'node:crypto';
import type { ChatMessage, InferenceRequest, JsonValue, Priority, SamplingParams } from '@ferrum/interfaces';
import { check } from '../valibot-issue.js';
import { invalid, unsupported } from './invalid.js';
import { presets } from './presets.js';
import { type CheckedSampling, type ParsedRequest, requestSchema } from './request-schema.js';
import { requireHonoured } from './sampling/require-honoured.js';

/** New tokens where nobody says how many. */
export const defaultMaxTokens = 512;

export type RequestInput =
  | { readonly kind: 'prompt'; readonly prompt: string; readonly raw: boolean }
  | { readonly kind: 'tokens'; readonly tokens: readonly number[] }
  | { readonly kind: 'chat'; readonly messages: readonly ChatMessage[] };

/** A request whose every value was checked. */
export interface CheckedRequest {
  readonly id: string;
  readonly input: RequestInput;
  readonly sampling: CheckedSampling & { readonly seed: number };
  /** Answers to generate. */
  readonly n: number;
  readonly priority: Priority;
  readonly timeoutMs: number;
  readonly cacheSalt: string | undefined;
  readonly metadata: Readonly<Record<string, JsonValue>>;
  readonly signal: AbortSignal | undefined;
}

/** What a request is checked against. */
export interface RequestRules {
  /** The model's own sampling values, used where the request has none. */
  readonly recommended?: Partial<SamplingParams> | undefined;
  readonly vocabularySize: number;
  readonly isEndOfGeneration: (token: number) => boolean;
}

/**
 * @throws FerrumError `RequestValidation` naming the field and what is allowed; `Unsupported` for what llama.cpp cannot
 * honour.
 */
export function checkRequest(request: InferenceRequest, rules: RequestRules): CheckedRequest {
  const parsed = parse(request);
  const { timeoutMs = Number.POSITIVE_INFINITY, deadline } = parsed;
  const sampling = { ...rules.recommended, ...presetOf(parsed.preset), ...parsed.sampling } as CheckedSampling;
  requireHonoured(sampling, rules);
  return {
    id: parsed.id ?? randomUUID(),
    input: inputOf(parsed, rules.vocabularySize),
    sampling: { ...sampling, seed: sampling.seed ?? randomInt(2 ** 48 - 1) },
    n: sampling.n ?? 1,
    priority: parsed.priority ?? 'normal',
    timeoutMs: Math.min(timeoutMs, deadline ? deadline.getTime() - Date.now() : Number.POSITIVE_INFINITY),
    cacheSalt: parsed.cacheSalt,
    metadata: parsed.metadata ?? {},
    signal: parsed.signal,
  };
}

/** A copy of ids that came from outside. @throws FerrumError `RequestValidation` naming the first that is none. */
export function checkTokenIds(
  tokens: readonly unknown[],
  vocabularySize: number,
  parameter: string,
): readonly number[] {
  // By index: a list with gaps ends at its first gap.
  const checked: number[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index];
    if (!isTokenId(token, vocabularySize)) {
      const shown = typeof token === 'number' ? String(token) : `a value of type ${typeof token}`;
      const range = `they go from 0 to ${vocabularySize - 1}`;
      throw invalid(`\`${parameter}\`: ${shown}, at index ${index}, is no token id; ${range}`, parameter);
    }
    checked.push(token);
  }
  return checked;
}

/** @throws FerrumError `Unsupported` for what only a model that calls tools has */
export function requireNoTools(messages: readonly { readonly role: string; readonly toolCalls?: unknown }[]): void {
  const index = messages.findIndex(({ role, toolCalls }) => role === 'tool' || toolCalls !== undefined);
  if (index >= 0) throw unsupported(`messages.${index}`, 'is of a call of a tool, which this engine does not do');
}

const unavailable = [
  ...(['tools', 'toolChoice', 'parallelToolCalls', 'toolCallFormat', 'templateVariables'] as const),
  ...(['reasoning', 'adapter'] as const),
];

function parse(request: unknown): ParsedRequest {
  const checked = check(requestSchema, request);
  if ('output' in checked) {
    if (checked.output.sessionId !== undefined) {
      throw unsupported('sessionId', 'is not needed: a conversation is found again by its text');
    }
    for (const field of unavailable) if (checked.output[field] !== undefined) throw unsupported(field);
    return checked.output;
  }
  const { field, message } = checked.issue;
  throw invalid(`${field && `\`${field}\`: `}${message}`, field);
}

function inputOf({ prompt, raw, messages }: ParsedRequest, vocabularySize: number): RequestInput {
  if (messages !== undefined) {
    if (prompt !== undefined) throw invalid('give either `prompt` or `messages`', 'prompt');
    if (raw !== undefined) throw invalid('`raw` goes with `prompt`, not with `messages`', 'raw');
    requireNoTools(messages);
    return { kind: 'chat', messages: messages as readonly ChatMessage[] };
  }
  if (prompt === undefined) throw invalid('give either `prompt` or `messages`', 'prompt');
  if (prompt.length === 0) throw invalid('`prompt` is empty; give at least one character or token id', 'prompt');
  if (typeof prompt === 'string') return { kind: 'prompt', prompt, raw: raw ?? false };
  if (raw === false) throw invalid('`raw`: token ids go to the model as they are; leave it out', 'raw');
  return { kind: 'tokens', tokens: checkTokenIds(prompt, vocabularySize, 'prompt') };
}

function presetOf(name: string | undefined): Partial<SamplingParams> {
  if (name === undefined) return {};
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (preset) return preset;
  throw invalid(`\`preset\`: there is no preset "${name}"; there are ${Object.keys(presets).join(', ')}`, 'preset');
}

function isTokenId(token: unknown, vocabularySize: number): token is number {
  return Number.isInteger(token) && (token as number) >= 0 && (token as number) < vocabularySize;
}
