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
  const tokens = input.kind === 'tokens' ? input.tokens : encodeText(input, model);
  const { contextLength } = model;
  if (tokens.length >= contextLength) {
    throw new FerrumError(
      'RequestValidation',
      `The prompt has ${tokens.length} tokens, but the context holds ${contextLength}, the answer included. ` +
        'Shorten the prompt, or open the model with a larger contextLength.',
      { details: { parameter: 'prompt', promptTokens: tokens.length, contextLength } },
    );
  }
  return tokens;
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
export function encodeConversation(
  messages: readonly CheckedMessage[],
  { tokenizer, template }: PromptModel,
  addGenerationPrompt = true,
): number[] {
  if (!template) {
    throw new FerrumError(
      'RequestValidation',
      'This model has no chat template, so it takes no messages; give a `prompt` instead.',
      { details: { parameter: 'messages' } },
    );
  }
  const rendered = template.render(
    messages.map(({ role, content, name }) => (name === undefined ? { role, content } : { role, content, name })),
    { addGenerationPrompt },
  );
  // A template writes the special tokens itself.
  return tokenizer.encode(rendered, { addSpecialTokens: false });
}

/** What `echo` puts before an answer. Where ids of prompt and answer meet inside a character, either side shows U+FFFD. */
export function promptText(input: CheckedRequest['input'], tokenizer: Tokenizer): string {
  if (input.kind === 'prompt') return input.prompt;
  if (input.kind === 'chat') return '';
  const decoder = createTextDecoder(tokenizer);
  return input.tokens.map((token) => decoder.push(token)).join('') + decoder.flush();
}

type TextInput = Exclude<CheckedRequest['input'], { readonly kind: 'tokens' }>;

function encodeText(input: TextInput, model: PromptModel): number[] {
  if (input.kind === 'chat') requirePlausibleCount(input.messages, model.contextLength);
  const text =
    input.kind === 'prompt' ? input.prompt : input.messages.map(({ content, name = '' }) => content + name).join('');
  requirePlausibleLength(text, model.tokenizer, model.contextLength);
  const tokens = encode(input, model);
  if (tokens.length === 0) {
    throw new FerrumError('RequestValidation', 'Invalid request: the prompt holds no token; give some text.', {
      details: { parameter: 'prompt' },
    });
  }
  requireKnownTokens(tokens, model.config.vocabularySize);
  return tokens;
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

function encode(input: TextInput, model: PromptModel): number[] {
  if (input.kind === 'chat') return encodeConversation(input.messages, model);
  if (input.raw || !model.template) return model.tokenizer.encode(input.prompt);
  return encodeConversation([{ role: 'user', content: input.prompt }], model);
}
