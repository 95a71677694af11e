import type { ChatTemplate, Tokenizer } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import type { CheckedRequest } from './request.js';
import type { CheckedMessage } from './request-schema.js';
import { createTextDecoder } from './token-labels.js';

/** What turns text into the ids that a model takes. */
export interface PromptModel {
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate | undefined;
  /** In tokens. */
  readonly contextLength: number;
  readonly config: { readonly vocabularySize: number };
}

/**
 * Turns a request's prompt or conversation into token ids.
 * @throws FerrumError `RequestValidation` when there is no chat template for a conversation, or the prompt does not fit.
 */
export function encodePrompt(input: CheckedRequest['input'], model: PromptModel): readonly number[] {
  if (input.kind !== 'tokens') return encodeText(input, model);
  const { contextLength } = model;
  const promptTokens = input.tokens.length;
  if (promptTokens >= contextLength) throw tooLong(`${promptTokens} tokens`, { promptTokens, contextLength });
  return input.tokens;
}

/** @throws FerrumError `Tokenizer` when tokenizer and model do not belong together. */
export function requireKnownTokens(tokens: readonly number[], vocabularySize: number): void {
  const foreign = tokens.find((token) => token >= vocabularySize);
  if (foreign === undefined) return;
  throw new FerrumError(
    'Tokenizer',
    `The tokenizer gave the token ${foreign}, but the model knows only ${vocabularySize}; they do not belong together.`,
    { details: { token: foreign } },
  );
}

/** @throws FerrumError `RequestValidation` when there is no chat template, or it refuses the conversation. */
export function renderConversation(
  messages: readonly CheckedMessage[],
  template: ChatTemplate | undefined,
  addGenerationPrompt = true,
): string {
  if (!template) {
    throw new FerrumError(
      'RequestValidation',
      'This model has no chat template, so it takes no messages; give a `prompt` instead.',
      { details: { parameter: 'messages' } },
    );
  }
  return template.render(
    messages.map(({ role, content, name }) => (name === undefined ? { role, content } : { role, content, name })),
    { addGenerationPrompt },
  );
}

/** What `echo` puts before an answer. Where ids of prompt and answer meet inside a character, either side shows U+FFFD. */
export function promptText(input: CheckedRequest['input'], tokenizer: Tokenizer): string {
  if (input.kind === 'prompt') return input.prompt;
  if (input.kind === 'chat') return '';
  const decoder = createTextDecoder(tokenizer);
  return input.tokens.map((token) => decoder.push(token)).join('') + decoder.flush();
}

type TextInput = Exclude<CheckedRequest['input'], { readonly kind: 'tokens' }>;

function encodeText(input: TextInput, model: PromptModel): readonly number[] {
  const { tokenizer, contextLength, config } = model;
  if (input.kind === 'chat') requirePlausibleCount(input.messages, contextLength);
  const given =
    input.kind === 'prompt' ? input.prompt : input.messages.map(({ content, name = '' }) => content + name).join('');
  requirePlausibleLength(given, tokenizer, contextLength);
  const { text, before, after } = readInput(input, model);
  // The answer has a token at least.
  const most = contextLength - 1;
  const room = most - before.length - after.length;
  const { ids, isComplete } = tokenizer.encodePrefix(text, Math.max(0, room), { allOrNone: true });
  if (!isComplete || room < 0) throw tooLong(`more than ${most} tokens`, { contextLength });
  const tokens = [...before, ...ids, ...after];
  if (tokens.length === 0) {
    throw new FerrumError('RequestValidation', 'Invalid request: the prompt holds no token; give some text.', {
      details: { parameter: 'prompt' },
    });
  }
  requireKnownTokens(tokens, config.vocabularySize);
  return tokens;
}

/** The text that the model gets, and the tokenizer's special tokens around it, which a template writes itself. */
function readInput(
  input: TextInput,
  { tokenizer, template }: PromptModel,
): { readonly text: string; readonly before: readonly number[]; readonly after: readonly number[] } {
  if (input.kind === 'prompt' && (input.raw || !template)) {
    const { before, after } = tokenizer.surroundingTokens;
    return { text: input.prompt, before, after };
  }
  const messages = input.kind === 'chat' ? input.messages : [{ role: 'user' as const, content: input.prompt }];
  return { text: renderConversation(messages, template), before: [], after: [] };
}

function tooLong(
  count: string,
  details: { readonly promptTokens?: number; readonly contextLength: number },
): FerrumError {
  return new FerrumError(
    'RequestValidation',
    `The prompt has ${count}, but the context holds ${details.contextLength}, the answer included. ` +
      'Shorten the prompt, or open the model with a larger contextLength.',
    { details: { parameter: 'prompt', ...details } },
  );
}

const longestTokens = new WeakMap<Tokenizer, number>();

/** A text that could not fit even in the longest tokens is refused before it is tokenized, which takes long and blocks. */
function requirePlausibleLength(text: string, tokenizer: Tokenizer, contextLength: number): void {
  // Hardly any text has so few characters to a token; only then is the vocabulary looked through, once.
  if (text.length <= 16 * contextLength) return;
  let longest = longestTokens.get(tokenizer);
  if (longest === undefined) {
    longest = 1;
    for (let id = 0; id < tokenizer.vocabSize; id++) longest = Math.max(longest, tokenizer.tokenText(id)?.length ?? 0);
    longestTokens.set(tokenizer, longest);
  }
  if (text.length <= longest * contextLength) return;
  throw new FerrumError(
    'RequestValidation',
    `The prompt has ${text.length} characters, far more than a context of ${contextLength} tokens holds. Shorten it.`,
    { details: { parameter: 'prompt', contextLength } },
  );
}

/** The same holds for a template: what it puts around a message is a token at least. */
function requirePlausibleCount(messages: readonly CheckedMessage[], contextLength: number): void {
  if (messages.length <= contextLength) return;
  throw new FerrumError(
    'RequestValidation',
    `The conversation has ${messages.length} messages, more than a context of ${contextLength} tokens holds. Leave some out.`,
    { details: { parameter: 'messages', contextLength } },
  );
}
