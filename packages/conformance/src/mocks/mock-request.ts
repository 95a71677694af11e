import type { InferenceRequest } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

/** What a mock language model honours unless its options say otherwise. */
export const mockLanguageModelFeatures: readonly string[] = [
  'streaming',
  'stream-usage',
  'chat',
  'raw-prompt',
  'token-prompt',
  'token-ids',
  'seed',
  'stop-sequences',
  'logprobs',
  'tokenizer',
  'multiple-choices',
  'batching',
  'prefix-cache',
  'priority',
  'advanced',
  'json-object',
  'json-schema',
];

/** @throws FerrumError `RequestValidation` naming the field, `Unsupported` for what the features do not cover. */
export function checkMockRequest(request: InferenceRequest, features: readonly string[]): void {
  if (!isRecord(request)) throw invalid('request', 'must be an object');
  checkFields(request, requestRules, '');
  const { prompt, messages, raw } = request;
  if ((prompt === undefined) === (messages === undefined)) throw invalid('prompt', 'give either prompt or messages');
  if (raw !== undefined && typeof prompt !== 'string') throw invalid('raw', 'goes with a prompt that is a text');
  const { sampling } = request;
  if (sampling?.topLogprobs && !sampling.logprobs) throw invalid('sampling.topLogprobs', 'needs sampling.logprobs');
  for (const [feature, isUsed] of Object.entries(uses)) {
    if (!features.includes(feature) && isUsed(request)) throw unsupported(feature);
  }
}

export function requireFeature(feature: string, features: readonly string[]): void {
  if (!features.includes(feature)) throw unsupported(feature);
}

export function invalid(parameter: string, problem: string): FerrumError {
  return new FerrumError('RequestValidation', `Invalid request: ${parameter}: ${problem}.`, { details: { parameter } });
}

type Rule = (value: unknown) => boolean;

const uses: Readonly<Record<string, (request: InferenceRequest) => boolean>> = {
  chat: ({ messages }) => messages !== undefined,
  'raw-prompt': ({ raw }) => raw === true,
  'token-prompt': ({ prompt }) => Array.isArray(prompt),
  seed: ({ sampling }) => sampling?.seed !== undefined,
  'stop-sequences': ({ sampling }) => (sampling?.stopSequences?.length ?? 0) > 0,
  logprobs: ({ sampling }) => sampling?.logprobs === true,
  'multiple-choices': ({ sampling }) => (sampling?.n ?? 1) > 1,
  'prefix-cache': ({ cacheSalt }) => cacheSalt !== undefined,
  priority: ({ priority = 'normal' }) => priority !== 'normal',
  'json-object': ({ sampling }) => sampling?.responseFormat?.type === 'json_object',
  'json-schema': ({ sampling }) => sampling?.responseFormat?.type === 'json_schema',
  tools: ({ messages }) => messages?.some(({ role, toolCalls }) => role === 'tool' || toolCalls !== undefined) ?? false,
};

const isRecord: Rule = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText: Rule = (value) => typeof value === 'string';
const isSomeText: Rule = (value) => typeof value === 'string' && value !== '';
const isFlag: Rule = (value) => typeof value === 'boolean';
const isOneOf =
  (...values: readonly unknown[]): Rule =>
  (value) =>
    values.includes(value);
const isWhole =
  (from: number, to = Number.MAX_SAFE_INTEGER): Rule =>
  (value) =>
    Number.isSafeInteger(value) && Number(value) >= from && Number(value) <= to;
const isNumber =
  (from: number, to = Number.MAX_VALUE): Rule =>
  (value) =>
    typeof value === 'number' && value >= from && value <= to;
const isListOf =
  (rule: Rule, least = 0): Rule =>
  (value) =>
    Array.isArray(value) && value.length >= least && value.every(rule);

const requestRules: Readonly<Record<string, Rule>> = {
  id: isSomeText,
  prompt: (value) => isSomeText(value) || isListOf(isWhole(0), 1)(value),
  raw: isFlag,
  messages: isListOf(isMessage, 1),
  sampling: isSampling,
  preset: isOneOf('greedy'),
  priority: isOneOf('low', 'normal', 'high', 'critical'),
  clientId: isSomeText,
  timeoutMs: isNumber(Number.MIN_VALUE),
  deadline: (value) => value instanceof Date && !Number.isNaN(value.getTime()),
  cacheSalt: isSomeText,
  metadata: isRecord,
  signal: (value) => value instanceof AbortSignal,
};

const samplingRules: Readonly<Record<string, Rule>> = {
  maxTokens: isWhole(1),
  temperature: isNumber(0),
  topP: isNumber(Number.MIN_VALUE, 1),
  topK: isWhole(1),
  minP: isNumber(Number.MIN_VALUE, 1),
  stopSequences: isListOf(isSomeText),
  seed: isWhole(0),
  logprobs: isFlag,
  topLogprobs: isWhole(0, 4),
  n: isWhole(1, 128),
  responseFormat: isResponseFormat,
};

/** Known, but honoured in no way. */
const notHonoured = [
  'sessionId',
  ...['repetitionPenalty', 'presencePenalty', 'frequencyPenalty', 'tfs', 'typicalP', 'mirostat', 'dry', 'logitBias'],
  ...['bannedTokens', 'forcedTokens', 'minTokens', 'stopTokens', 'ignoreEos', 'bestOf', 'echo'],
];

function isMessage(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { role, content, ...rest } = value as Record<string, unknown>;
  const others = Object.keys(rest).every((key) => ['name', 'toolCalls', 'toolCallId'].includes(key));
  return others && isOneOf('system', 'user', 'assistant', 'tool')(role) && isText(content);
}

function isResponseFormat(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { type, schema } = value as Record<string, unknown>;
  return isOneOf('text', 'json_object')(type) || (type === 'json_schema' && isRecord(schema));
}

function isSampling(value: unknown): boolean {
  if (!isRecord(value)) return false;
  checkFields(value as object, samplingRules, 'sampling.');
  return true;
}

function checkFields(values: object, rules: Readonly<Record<string, Rule>>, prefix: string): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    if (notHonoured.includes(name)) {
      const message = `${prefix}${name} is not supported by the mock; leave it out.`;
      throw new FerrumError('Unsupported', message, { details: { parameter: `${prefix}${name}` } });
    }
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) throw invalid(`${prefix}${name}`, 'there is no such field');
    if (!rule(value)) throw invalid(`${prefix}${name}`, 'is of another kind, or out of range');
  }
}

function unsupported(feature: string): FerrumError {
  return new FerrumError('Unsupported', `The mock does not have the feature ${feature}, which the call uses.`, {
    details: { feature },
  });
}
