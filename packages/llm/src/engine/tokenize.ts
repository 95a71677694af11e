import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TokenizeInput, TokenizeResult } from '@ferrum/interfaces';
import { describeIssue } from '@ferrum/models';
import { throwIfAborted } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { chatFields } from '../chat/chat-schema.js';
import { checkChat } from '../chat/check-chat.js';
import { imagesOf, textOf } from '../chat/message-content.js';
import { renderChat } from '../chat/render-chat.js';
import { encodeImages } from '../vision/see-images.js';
import { type PromptModel, requireKnownTokens, requirePlausibleImages, withImages } from './encode-prompt.js';
import { invalid } from './invalid.js';
import { blind } from './request.js';
import { type CheckedMessage, messagesSchema, notSupported, signalSchema } from './request-schema.js';
import { tokenLabel } from './token-labels.js';

/**
 * The token ids of a text or conversation, and the text of each.
 * @throws FerrumError `RequestValidation` for wrong input, for messages without a chat template, and for a text longer than
 * 16,384 characters and than 8 for each token of context, a message counted as 16 more; `Cancelled`.
 */
export async function tokenize(input: TokenizeInput, model: PromptModel): Promise<TokenizeResult> {
  const { messages, prompt = '', addSpecialTokens, addGenerationPrompt, signal, ...options } = checkInput(input);
  throwIfAborted(signal, 'Tokenizing');
  const { tokenizer, template, contextLength, config } = model;
  requireReadable(messages ?? prompt, contextLength);
  if (messages) {
    const image = model.images ? undefined : imagesOf(messages)[0]?.place;
    if (image !== undefined) throw invalid(`\`${image}\`: ${blind}`, image, 'Unsupported');
    requirePlausibleImages(messages, model);
  }
  // How many tokens an image takes shows when it is read; a request that follows finds it in the cache.
  const encoded = messages && model.images ? await encodeImages(messages, model.images, signal) : [];
  // A template writes the special tokens itself.
  const tokens = messages
    ? tokenizer.encode(withImages(renderChat(messages, options, template, addGenerationPrompt), model, encoded), {
        addSpecialTokens: false,
      })
    : tokenizer.encode(prompt, { addSpecialTokens: addSpecialTokens ?? true });
  requireKnownTokens(tokens, config.vocabularySize);
  const known = new Map<number, string>();
  const pieces: string[] = [];
  for (const token of tokens) {
    let piece = known.get(token);
    if (piece === undefined) {
      piece = tokenLabel(tokenizer, token);
      known.set(token, piece);
    }
    if (pieces.push(piece) % tokensPerTurn !== 0) continue;
    await nextTurn();
    throwIfAborted(signal, 'Tokenizing');
  }
  return { tokens, pieces, contextLength };
}

/** Takes a few ms. */
const tokensPerTurn = 8192;

const inputSchema = v.strictObject({
  prompt: v.optional(v.string()),
  addSpecialTokens: v.optional(v.boolean()),
  messages: v.optional(messagesSchema),
  addGenerationPrompt: v.optional(v.boolean()),
  tools: chatFields.tools,
  templateVariables: chatFields.templateVariables,
  signal: v.optional(signalSchema),
});

function checkInput(input: unknown): v.InferOutput<typeof inputSchema> {
  const result = v.safeParse(inputSchema, input, { abortEarly: true });
  if (!result.success) {
    const { field, message } = describeIssue(result.issues);
    const code = message.includes(notSupported) ? 'Unsupported' : undefined;
    throw invalid(`${field && `\`${field}\`: `}${message}`, field, code);
  }
  const { prompt, addSpecialTokens, messages, addGenerationPrompt } = result.output;
  if ((prompt === undefined) === (messages === undefined)) {
    throw invalid('give either `prompt` or `messages`', 'prompt');
  }
  if (messages && addSpecialTokens !== undefined) {
    throw invalid('`addSpecialTokens` goes with `prompt`, not with `messages`', 'addSpecialTokens');
  }
  if (!messages && addGenerationPrompt !== undefined) {
    throw invalid('`addGenerationPrompt` goes with `messages`, not with `prompt`', 'addGenerationPrompt');
  }
  const { tools, templateVariables } = result.output;
  if (messages) checkChat(messages, { tools, templateVariables });
  else if (tools ?? templateVariables) {
    const field = tools ? 'tools' : 'templateVariables';
    throw invalid(`\`${field}\`: goes with \`messages\`, not with \`prompt\``, field);
  }
  return result.output;
}

/** The tokenizer reads a text in one go, while nothing else runs: hardly a text that fits the context is longer. */
function requireReadable(input: string | readonly CheckedMessage[], contextLength: number): void {
  const [parameter, characters] = typeof input === 'string' ? ['prompt', input.length] : ['messages', sizeOf(input)];
  const most = Math.max(16_384, 8 * contextLength);
  if (characters <= most) return;
  throw invalid(
    `\`${parameter}\`: has ${characters} characters, and at most ${most} are tokenized at once; tokenize it in pieces`,
    parameter,
  );
}

/** What a template puts around a message; rendering it takes time as well. */
const charactersAroundMessage = 16;

function sizeOf(messages: readonly CheckedMessage[]): number {
  return messages.reduce(
    (sum, { content, name = '' }) => sum + textOf(content).length + name.length + charactersAroundMessage,
    0,
  );
}
