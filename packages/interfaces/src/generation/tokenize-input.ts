import type { JsonObject } from '../json.js';
import type { ChatMessage } from './chat-message.js';
import type { ToolDefinition } from './tool-definition.js';

/** What is to become token ids: a text, exactly as it is, or a conversation through the model's chat template. */
export type TokenizeInput = TokenizePrompt | TokenizeMessages;

export interface TokenizePrompt extends TokenizeOptions {
  /** Special tokens written in it are recognised. May be empty. */
  readonly prompt: string;
  /** Whether the tokenizer puts its own tokens around the text, as it does for a `raw` prompt. Default true. */
  readonly addSpecialTokens?: boolean;
  readonly messages?: never;
  readonly addGenerationPrompt?: never;
  readonly tools?: never;
  readonly templateVariables?: never;
}

export interface TokenizeMessages extends TokenizeOptions {
  readonly messages: readonly ChatMessage[];
  /** Whether the text ends with the opening of the assistant's turn, as it does for `infer`. Default true. */
  readonly addGenerationPrompt?: boolean;
  readonly tools?: readonly ToolDefinition[];
  readonly templateVariables?: JsonObject;
  readonly prompt?: never;
  readonly addSpecialTokens?: never;
}

export interface TokenizeOptions {
  /** The call rejects with `Cancelled`. */
  readonly signal?: AbortSignal | undefined;
}
