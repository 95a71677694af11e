import type { ChatMessage } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { invalid } from '../invalid.js';
import type { RequestInput } from '../request.js';
import type { ChatTemplate } from './chat-template.js';
import type { TextCodec } from './text-codec.js';

/** What turns text into the ids that a model takes. */
export interface PromptModel {
  readonly codec: TextCodec;
  readonly template: ChatTemplate | undefined;
  /** In tokens. */
  readonly contextLength: number;
}

/**
 * The token ids of a prompt or conversation.
 * @throws FerrumError `RequestValidation` when there is no chat template for a conversation, or the prompt does not fit.
 */
export function encodePrompt(input: RequestInput, model: PromptModel): readonly number[] {
  const { contextLength } = model;
  const tokens = input.kind === 'tokens' ? input.tokens : encodeText(input, model);
  if (tokens.length === 0) throw invalid('the prompt holds no token; give some text', 'prompt');
  if (tokens.length < contextLength) return tokens;
  throw new FerrumError(
    'RequestValidation',
    `The prompt has ${tokens.length} tokens, but the context holds ${contextLength}, the answer included. Shorten the prompt, or open the model with a larger contextLength.`,
    { details: { parameter: 'prompt', promptTokens: tokens.length, contextLength } },
  );
}

/** @throws FerrumError `RequestValidation` when there is no chat template, or it refuses the conversation. */
export function renderConversation(
  messages: readonly ChatMessage[],
  template: ChatTemplate | undefined,
  addGenerationPrompt: boolean,
): string {
  if (template) return template(messages, addGenerationPrompt);
  throw invalid('this model has no chat template, so it takes no `messages`; give a `prompt`', 'messages');
}

/**
 * A text is made tokens of in one go, while nothing else runs: one far longer than could fit is refused before.
 * @throws FerrumError `RequestValidation`
 */
export function requireReadable(characters: number, most: number, parameter: string): void {
  if (characters <= most) return;
  throw invalid(`\`${parameter}\`: has ${characters} characters, and at most ${most} are read at once`, parameter);
}

/** What a template puts around a message is text as well. */
export function sizeOf(messages: readonly ChatMessage[]): number {
  return messages.reduce(
    (sum, { content, reasoning = '', name = '' }) => sum + content.length + reasoning.length + name.length + 16,
    0,
  );
}

/** Hardly any text has so many characters to a token. */
const mostCharactersPerToken = 64;

type TextInput = Exclude<RequestInput, { readonly kind: 'tokens' }>;

function encodeText(input: TextInput, { codec, template, contextLength }: PromptModel): readonly number[] {
  const [parameter, size] =
    input.kind === 'chat'
      ? (['messages', sizeOf(input.messages)] as const)
      : (['prompt', input.prompt.length] as const);
  requireReadable(size, mostCharactersPerToken * contextLength, parameter);
  if (input.kind === 'prompt' && (input.raw || !template)) {
    const { before, after } = codec.surrounding;
    return [...before, ...codec.encode(input.prompt), ...after];
  }
  const messages = input.kind === 'chat' ? input.messages : [{ role: 'user' as const, content: input.prompt }];
  // A template writes the special tokens itself.
  return codec.encode(renderConversation(messages, template, true));
}
