import type { ChatTemplate, Tokenizer } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import type { CheckedRequest } from './request.js';

/**
 * Turns a request's prompt or conversation into token ids.
 * @throws FerrumError `RequestValidation` when there is no chat template for a conversation, or the prompt does not fit.
 */
export function encodePrompt(
  input: CheckedRequest['input'],
  model: {
    readonly tokenizer: Tokenizer;
    readonly template: ChatTemplate | undefined;
    readonly contextLength: number;
    readonly config: { readonly vocabularySize: number };
  },
): number[] {
  const { tokenizer, template, contextLength } = model;
  const { vocabularySize } = model.config;
  const text = input.kind === 'prompt' ? input.prompt : input.messages.map((message) => message.content).join('');
  requirePlausibleLength(text, tokenizer, contextLength);
  const tokens = encode(input, tokenizer, template);
  if (tokens.length === 0) {
    throw new FerrumError('RequestValidation', 'Invalid request: the prompt holds no token; give some text.', {
      details: { parameter: 'prompt' },
    });
  }
  const foreign = tokens.find((token) => token >= vocabularySize);
  if (foreign !== undefined) {
    throw new FerrumError(
      'Tokenizer',
      `The tokenizer gave the token ${foreign}, but the model knows only ${vocabularySize}; they do not belong together.`,
      { details: { token: foreign } },
    );
  }
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

function encode(input: CheckedRequest['input'], tokenizer: Tokenizer, template: ChatTemplate | undefined): number[] {
  if (input.kind === 'prompt' && (input.raw || !template)) return tokenizer.encode(input.prompt);
  if (!template) {
    throw new FerrumError(
      'RequestValidation',
      'This model has no chat template, so it takes no messages; give a `prompt` instead.',
      { details: { parameter: 'messages' } },
    );
  }
  const messages = input.kind === 'chat' ? input.messages : [{ role: 'user' as const, content: input.prompt }];
  const rendered = template.render(
    messages.map(({ role, content, name }) => (name === undefined ? { role, content } : { role, content, name })),
    { addGenerationPrompt: true },
  );
  // A template writes the special tokens itself.
  return tokenizer.encode(rendered, { addSpecialTokens: false });
}
