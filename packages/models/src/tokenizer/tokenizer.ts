/** Text to token ids and back. Safe to share: encoding and decoding keep no state between calls. */
export interface Tokenizer {
  /** Lone surrogates become U+FFFD, as TextEncoder does it. Truncation and padding that a file asks for are not obeyed. */
  encode(text: string, options?: EncodeOptions): number[];
  /**
   * The first ids that `encode` gives without special tokens around the text, at most `maxTokens`. Of a long text it reads
   * no more than it needs, to the next white space; of one without any, or where tokens depend on more, it reads all.
   * Throws `InvalidParameter` unless `maxTokens` is a whole number from 0.
   */
  encodePrefix(text: string, maxTokens: number, options?: PrefixOptions): EncodedPrefix;
  /** Throws `InvalidParameter` for an id outside the vocabulary. */
  decode(ids: Iterable<number>, options?: DecodeOptions): string;
  createDecoder(options?: DecodeOptions): IncrementalDecoder;
  /** The id of a token's exact text in the vocabulary (`'Ġthe'`, `'<|im_end|>'`). */
  tokenId(text: string): number | undefined;
  tokenText(id: number): string | undefined;
  /**
   * What a token adds inside a text: UTF-8, possibly part of a character. Of a special token the bytes of its own text.
   * Throws `InvalidParameter` for an id outside the vocabulary.
   */
  tokenBytes(id: number): Uint8Array;
  /** True for control tokens such as `<s>`; false for ordinary and user-defined ones. */
  isSpecial(id: number): boolean;
  /** One more than the highest id. */
  readonly vocabSize: number;
  /** Ids by role; a role is absent when the tokenizer has no such token. */
  readonly specialTokens: SpecialTokens;
  /** What `addSpecialTokens` puts around a text. */
  readonly surroundingTokens: SurroundingTokens;
  /** What goes around two texts that a model reads as one input; undefined when the tokenizer adds nothing to them. */
  readonly pairTokens: PairTokens | undefined;
  /** A model that emits one of these ids has finished its turn. */
  readonly endOfGenerationTokens: ReadonlySet<number>;
}

export interface EncodeOptions {
  /** Adds what the tokenizer itself puts around a text (`<s>`, `[CLS]` … `[SEP]`). Default true. */
  readonly addSpecialTokens?: boolean;
  /** Reads special tokens written in the text as such; false encodes them as plain text. Default true. */
  readonly parseSpecialTokens?: boolean;
}

export interface PrefixOptions extends Pick<EncodeOptions, 'parseSpecialTokens'> {
  /** Gives no ids of a text that has more, which for a long one without white space takes far less time. Default false. */
  readonly allOrNone?: boolean;
}

export interface EncodedPrefix {
  readonly ids: number[];
  /** Whether these are all the text's tokens. */
  readonly isComplete: boolean;
}

export interface DecodeOptions {
  /** Default true. */
  readonly skipSpecialTokens?: boolean;
  /** The ids continue an earlier text, so their first word keeps the space that a text's first word loses. Default false. */
  readonly continuation?: boolean;
}

/** Decodes ids one by one: what `push` and `flush` return, joined, is what `decode` returns for all ids. */
export interface IncrementalDecoder {
  /** The whole characters that this id completes; `''` while a character is still missing bytes. */
  push(id: number): string;
  /** U+FFFD when the ids ended inside a character, else `''`. The decoder is then ready for a new text. */
  flush(): string;
}

export type SpecialTokenRole = 'bos' | 'eos' | 'unk' | 'pad' | 'sep' | 'cls' | 'mask';

export type SpecialTokens = { readonly [Role in SpecialTokenRole]?: number };

export interface SurroundingTokens {
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Token type ids; absent when all are 0. */
  readonly types?: { readonly before: readonly number[]; readonly text: number; readonly after: readonly number[] };
}

/** `before`, the first text, `between`, the second text, `after`; both texts are encoded without special tokens. */
export interface PairTokens {
  readonly before: readonly number[];
  readonly between: readonly number[];
  readonly after: readonly number[];
  /** Token type ids: one for each of these tokens, and one for all tokens of a text. */
  readonly types: {
    readonly before: readonly number[];
    readonly first: number;
    readonly between: readonly number[];
    readonly second: number;
    readonly after: readonly number[];
  };
}
