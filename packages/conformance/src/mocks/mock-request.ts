import type { InferenceRequest } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { formatText } from './mock-answer.js';
import { chatRules, checkMockChat, isMessage } from './mock-chat-checks.js';
import {
  invalid,
  isFlag,
  isListOf,
  isNumber,
  isOneOf,
  isRecord,
  isSomeText,
  isText,
  isWhole,
  type Rule,
} from './mock-rules.js';

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
  'grammar',
  'tools',
  'reasoning',
  'lora',
];

/** @throws FerrumError `RequestValidation` naming the field, `Unsupported` for what the features do not cover. */
export function checkMockRequest(request: InferenceRequest, features: readonly string[]): void {
  if (!isRecord(request)) throw invalid('request', 'must be an object');
  checkFields(request, requestRules, '');
  const { prompt, messages, raw } = request;
  if ((prompt === undefined) === (messages === undefined)) throw invalid('prompt', 'give either prompt or messages');
  if (raw !== undefined && typeof prompt !== 'string') throw invalid('raw', 'goes with a prompt that is a text');
  checkMockChat(request);
  const { sampling } = request;
  if (sampling?.topLogprobs && !sampling.logprobs) throw invalid('sampling.topLogprobs', 'needs sampling.logprobs');
  for (const [feature, isUsed] of Object.entries(uses)) {
    if (!features.includes(feature) && isUsed(request)) throw unsupported(feature);
  }
  if (sampling?.responseFormat) formatText(sampling.responseFormat);
}

export function requireFeature(feature: string, features: readonly string[]): void {
  if (!features.includes(feature)) throw unsupported(feature);
}

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
  grammar: ({ sampling }) => ['grammar', 'regex', 'choice'].includes(sampling?.responseFormat?.type ?? ''),
  tools: ({ tools, messages }) =>
    tools !== undefined ||
    (messages?.some(({ role, toolCalls }) => role === 'tool' || toolCalls !== undefined) ?? false),
  reasoning: ({ reasoning }) => reasoning !== undefined,
  lora: ({ adapter }) => adapter !== undefined,
};

const requestRules: Readonly<Record<string, Rule>> = {
  id: isSomeText,
  prompt: (value) => isSomeText(value) || isListOf(isWhole(0), 1)(value),
  raw: isFlag,
  messages: isListOf(isMessage, 1),
  ...chatRules,
  adapter: isSomeText,
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

const formatRules: Readonly<Record<string, (rest: Readonly<Record<string, unknown>>) => boolean>> = {
  text: () => true,
  json_object: () => true,
  json_schema: ({ schema }) => isRecord(schema),
  grammar: ({ grammar }) => isSomeText(grammar),
  regex: ({ pattern }) => isText(pattern),
  choice: ({ choices }) => isListOf(isText, 1)(choices),
};

/** Known, but honoured in no way. */
const notHonoured = [
  ...['sessionId', 'toolCallFormat', 'templateVariables'],
  ...['repetitionPenalty', 'presencePenalty', 'frequencyPenalty', 'tfs', 'typicalP', 'mirostat', 'dry', 'logitBias'],
  ...['bannedTokens', 'forcedTokens', 'minTokens', 'stopTokens', 'ignoreEos', 'bestOf', 'echo'],
];

function isResponseFormat(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { type, ...rest } = value as Readonly<Record<string, unknown>>;
  const rule = isText(type) && Object.hasOwn(formatRules, String(type)) ? formatRules[String(type)] : undefined;
  return rule?.(rest) ?? false;
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
