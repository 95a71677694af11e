import type { ChatTemplate, Tokenizer } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import type { AnswerPlan } from '../chat/answer-plan.js';
import { imagesOf, textOf } from '../chat/message-content.js';
import { planAnswer } from '../chat/plan-answer.js';
import { renderChat } from '../chat/render-chat.js';
import type { ConstraintSpec } from '../constraint/constraint-spec.js';
import type { EncodedImage, ImageEncoder } from '../vision/image-encoder.js';
import { findImages, type PromptImage, writeImages } from '../vision/image-prompt.js';
import { invalid } from './invalid.js';
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
  /** Of a model that sees. */
  readonly images?: ImageEncoder | undefined;
}

/**
 * Turns a request's prompt or conversation into token ids.
 * @throws FerrumError `RequestValidation` when there is no chat template for a conversation, or the prompt does not fit.
 */
export function encodePrompt(input: CheckedRequest['input'], model: PromptModel): readonly number[] {
  return readPrompt({ input, constraint: undefined, ignoreEos: false }, model).tokens;
}

/** A request's token ids, and how its answer is to be read where that is more than text. */
export interface ReadPrompt {
  readonly tokens: readonly number[];
  readonly images: readonly PromptImage[];
  readonly plan: AnswerPlan | undefined;
  /** What the answer must look like. */
  readonly constraint: ConstraintSpec | undefined;
}

/**
 * @param encoded the images of the conversation, in its order
 * @throws FerrumError as `encodePrompt` does.
 */
export function readPrompt(
  { input, constraint, ignoreEos }: Pick<CheckedRequest, 'input' | 'constraint' | 'ignoreEos'>,
  model: PromptModel,
  encoded: readonly EncodedImage[] = [],
): ReadPrompt {
  if (input.kind !== 'tokens') {
    const { tokens, images, text } = encodeText(input, model, encoded);
    const plan =
      input.kind === 'chat' && model.template
        ? planAnswer(input.messages, input.options, model.template, text, constraint)
        : undefined;
    if (plan?.constraint && ignoreEos) {
      throw invalid(
        '`sampling.ignoreEos`: an answer of forced calls ends where they do; leave it out',
        'sampling.ignoreEos',
      );
    }
    // A model that neither thinks nor calls answers in plain text.
    const isPlain = !plan?.calls && !plan?.reasoning;
    return { tokens, images, plan: isPlain ? undefined : plan, constraint: plan ? plan.constraint : constraint };
  }
  const { contextLength } = model;
  const promptTokens = input.tokens.length;
  if (promptTokens >= contextLength) throw tooLong(`${promptTokens} tokens`, { promptTokens, contextLength });
  return { tokens: input.tokens, images: [], plan: undefined, constraint };
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

/** What `echo` puts before an answer. Where ids of prompt and answer meet inside a character, either side shows U+FFFD. */
export function promptText(input: CheckedRequest['input'], tokenizer: Tokenizer): string {
  if (input.kind === 'prompt') return input.prompt;
  if (input.kind === 'chat') return '';
  const decoder = createTextDecoder(tokenizer);
  return input.tokens.map((token) => decoder.push(token)).join('') + decoder.flush();
}

type TextInput = Exclude<CheckedRequest['input'], { readonly kind: 'tokens' }>;

function encodeText(
  input: TextInput,
  model: PromptModel,
  encoded: readonly EncodedImage[],
): { readonly tokens: readonly number[]; readonly images: readonly PromptImage[]; readonly text: string } {
  const { tokenizer, contextLength, config } = model;
  if (input.kind === 'chat') requirePlausibleCount(input.messages, contextLength);
  const given =
    input.kind === 'prompt'
      ? input.prompt
      : input.messages.map(({ content, name = '' }) => textOf(content) + name).join('');
  requirePlausibleLength(given, tokenizer, contextLength);
  const { text: bare, before, after } = readInput(input, model);
  const text = withImages(bare, model, encoded);
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
  return { tokens, images: imagesIn(tokens, model, encoded), text };
}

/** A conversation with its images written out. */
export function withImages(text: string, { images }: PromptModel, encoded: readonly EncodedImage[]): string {
  return images && encoded.length > 0 ? writeImages(text, encoded, images.tokensOfFrame) : text;
}

function imagesIn(
  tokens: readonly number[],
  { images }: PromptModel,
  encoded: readonly EncodedImage[],
): readonly PromptImage[] {
  return images && encoded.length > 0 ? findImages(tokens, images.imageToken, images.hiddenSize, encoded) : [];
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
  const [messages, options] =
    input.kind === 'chat' ? [input.messages, input.options] : [[{ role: 'user' as const, content: input.prompt }], {}];
  return { text: renderChat(messages, options, template), before: [], after: [] };
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

/** @throws FerrumError `RequestValidation` for more images than the context could hold, before any is decoded. */
export function requirePlausibleImages(
  messages: readonly CheckedMessage[],
  { contextLength, images }: Pick<PromptModel, 'contextLength' | 'images'>,
): void {
  const count = imagesOf(messages).length;
  const least = images?.tokensOfFrame ?? 0;
  if (count * least < contextLength) return;
  throw new FerrumError(
    'RequestValidation',
    `The conversation has ${count} images of ${least} tokens at least, but the context holds ${contextLength}. Leave some out.`,
    { details: { parameter: 'messages', contextLength } },
  );
}
