import type { LlamaModel, Token } from 'node-llama-cpp';

/** Text to token ids and back, as llama.cpp does it. */
export class TextCodec {
  readonly vocabularySize: number;
  /** Ids that the tokenizer puts around a text of its own accord. */
  readonly surrounding: { readonly before: readonly number[]; readonly after: readonly number[] };
  /** Some tokenizers drop the space that a text begins with; after this token nothing is dropped. */
  readonly #anchor: readonly Token[];

  constructor(private readonly model: LlamaModel) {
    const { tokens, fileInfo } = model;
    this.vocabularySize = fileInfo.metadata.tokenizer.ggml.tokens.length;
    this.surrounding = {
      before: tokens.shouldPrependBosToken && tokens.bos !== null ? [tokens.bos] : [],
      after: tokens.shouldAppendEosToken && tokens.eos !== null ? [tokens.eos] : [],
    };
    this.#anchor = model.tokenize('a', false).slice(-1);
  }

  /** Special tokens written in the text are recognised, none are added. */
  encode(text: string): readonly number[] {
    return this.model.tokenize(text, true);
  }

  /** Special tokens show. */
  decode(tokens: readonly number[]): string {
    return this.model.detokenize(tokens as readonly Token[], true);
  }

  /** The text that tokens add to one before them. @param showsSpecial whether special tokens are part of it */
  decodeFurther(tokens: readonly number[], showsSpecial: boolean): string {
    return this.model.detokenize(tokens as readonly Token[], showsSpecial, this.#anchor);
  }

  isEndOfGeneration(token: number): boolean {
    return this.model.isEogToken(token as Token);
  }
}
