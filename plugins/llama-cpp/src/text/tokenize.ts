import type { ChatMessage, TokenizeInput, TokenizeResult } from '@ferrum/interfaces';
import { throwIfAborted } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { check, signal } from '../valibot-issue.js';
import { invalid, unsupported } from './invalid.js';
import { type PromptModel, renderConversation, requireReadable, sizeOf } from './prompt/encode-prompt.js';
import { checkTokenIds, requireNoTools } from './request.js';
import { messagesSchema } from './request-schema.js';

/**
 * The token ids of a text or conversation, and the text of each.
 * @throws FerrumError `RequestValidation` for wrong input, for messages without a chat template, and for a text longer than
 * 16,384 characters and than 8 for each token of context; `Cancelled`.
 */
export function tokenize(input: TokenizeInput, model: PromptModel): TokenizeResult {
  const given = checkInput(input);
  throwIfAborted(given.signal, 'Tokenizing');
  const { codec, template, contextLength } = model;
  const { messages, prompt = '', addSpecialTokens = true, addGenerationPrompt = true } = given;
  const most = Math.max(16_384, 8 * contextLength);
  requireReadable(messages ? sizeOf(messages) : prompt.length, most, messages ? 'messages' : 'prompt');
  const { before, after } = addSpecialTokens && !messages ? codec.surrounding : { before: [], after: [] };
  const text = messages ? renderConversation(messages, template, addGenerationPrompt) : prompt;
  const tokens = [...before, ...codec.encode(text), ...after];
  const pieces = new Map([...new Set(tokens)].map((token) => [token, codec.decodeFurther([token], true)]));
  return { tokens, pieces: tokens.map((token) => pieces.get(token) ?? ''), contextLength };
}

const mostTokens = 65_536;

/** @param tokens at most 65,536 @throws FerrumError `RequestValidation` for what is no list of ids of the vocabulary */
export function detokenize(tokens: readonly number[], { codec }: Pick<PromptModel, 'codec'>): string {
  if (!Array.isArray(tokens)) throw invalid('`tokens`: must be a list of token ids', 'tokens');
  if (tokens.length > mostTokens) {
    const message = `\`tokens\`: has ${tokens.length} ids, and at most ${mostTokens} are read at once`;
    throw invalid(message, 'tokens');
  }
  return codec.decode(checkTokenIds(tokens, codec.vocabularySize, 'tokens'));
}

const inputSchema = v.strictObject({
  prompt: v.optional(v.string()),
  addSpecialTokens: v.optional(v.boolean()),
  messages: v.optional(messagesSchema),
  addGenerationPrompt: v.optional(v.boolean()),
  // Of other engines' features; they are refused.
  tools: v.optional(v.unknown()),
  templateVariables: v.optional(v.unknown()),
  signal: v.optional(signal),
});

function checkInput(input: unknown) {
  const checked = check(inputSchema, input);
  if ('issue' in checked) {
    const { field, message } = checked.issue;
    throw invalid(`${field && `\`${field}\`: `}${message}`, field);
  }
  const { prompt, addSpecialTokens, messages, addGenerationPrompt } = checked.output;
  for (const field of ['tools', 'templateVariables'] as const) {
    if (checked.output[field] !== undefined) throw unsupported(field);
  }
  if ((prompt === undefined) === (messages === undefined)) {
    throw invalid('give either `prompt` or `messages`', 'prompt');
  }
  if (messages && addSpecialTokens !== undefined) {
    throw invalid('`addSpecialTokens` goes with `prompt`, not with `messages`', 'addSpecialTokens');
  }
  if (!messages && addGenerationPrompt !== undefined) {
    throw invalid('`addGenerationPrompt` goes with `messages`, not with `prompt`', 'addGenerationPrompt');
  }
  if (messages) requireNoTools(messages);
  return { ...checked.output, messages: messages as readonly ChatMessage[] | undefined };
}
