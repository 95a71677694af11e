import type { EmbedInput } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { type LlamaModel, LlamaVocabularyType } from 'node-llama-cpp';

/** Makes tokens of texts, those that the model wants around them included. */
export class TextReader {
  readonly #before: readonly number[];
  readonly #after: readonly number[];

  /** @param maxTokens of the longest text, special tokens included */
  constructor(
    private readonly model: LlamaModel,
    private readonly maxTokens: number,
  ) {
    const { before, after } = surroundingTokens(model);
    this.#before = before;
    this.#after = after;
    if (maxTokens > before.length + after.length) return;
    throw new FerrumError('InvalidParameter', `contextLength ${maxTokens} has no room for text.`, {
      details: { parameter: 'contextLength' },
    });
  }

  /**
   * @param name of the input, for errors
   * @throws FerrumError `RequestValidation` for what is no text, or too long under `error`; `Unsupported` for token ids, which
   * the library would put its own tokens around
   */
  read(input: EmbedInput, prompt: string, truncate: 'error' | 'end', name: string): readonly number[] {
    if (Array.isArray(input)) {
      throw new FerrumError('Unsupported', `${name} is a list of token ids; this engine embeds texts.`, {
        details: { input: name },
      });
    }
    if (typeof input !== 'string') throw invalidText(name, 'is no text');
    const text = prompt + input;
    // Hardly any text has so many characters to a token; what comes after them would be cut anyway.
    const most = Math.max(leastCharacters, mostCharactersPerToken * this.maxTokens);
    const inner = this.model.tokenize(text.slice(0, most), false);
    const tokens = [...this.#before, ...inner, ...this.#after];
    if (tokens.length === 0) throw invalidText(name, 'has no token to embed');
    if (tokens.length <= this.maxTokens && text.length <= most) return tokens;
    if (truncate === 'error') {
      throw invalidText(
        name,
        `is longer than the ${this.maxTokens} tokens that are read; shorten it, or cut it ('end')`,
      );
    }
    const room = this.maxTokens - this.#before.length - this.#after.length;
    return [...this.#before, ...inner.slice(0, room), ...this.#after];
  }
}

const leastCharacters = 100_000;
const mostCharactersPerToken = 64;

/** As the library adds them, after `llama_tokenize_internal` of llama.cpp; at most one at either end. */
function surroundingTokens({ vocabularyType, tokens }: LlamaModel) {
  const { wpm, ugm, rwkv } = LlamaVocabularyType;
  const list = (token: number | null) => (token === null ? [] : [token]);
  if (vocabularyType === rwkv) return { before: [], after: [] };
  if (vocabularyType === wpm) return { before: list(tokens.bos), after: list(tokens.sep) };
  if (vocabularyType === ugm) return { before: [], after: list(tokens.eos) };
  return {
    before: tokens.shouldPrependBosToken ? list(tokens.bos) : [],
    after: tokens.shouldAppendEosToken ? list(tokens.eos) : [],
  };
}

function invalidText(name: string, message: string): FerrumError {
  return new FerrumError('RequestValidation', `${name} ${message}.`, { details: { input: name } });
}
