export interface TokenizerConfig {
  readonly tokenizerType: TokenizerType;
  /** The file it was read from; absent when the weights' file carries it. */
  readonly tokenizerPath?: string;
  /** Whether encoding adds the model's own special tokens. Default true. */
  readonly addSpecialTokens: boolean;
  /** Default: none. */
  readonly truncation?: TruncationConfig;
  /** Default: none. */
  readonly padding?: PaddingConfig;
}

export type TokenizerType = 'bpe' | 'wordpiece' | 'sentencepiece' | 'tiktoken' | 'custom';

export interface TruncationConfig {
  /** Most tokens, special tokens included. */
  readonly maxLength: number;
  /** Where tokens are dropped. */
  readonly strategy: 'start' | 'end' | 'both';
}

/** `max-length`: to the longest of the batch; `fixed-length`: to `targetLength` tokens. */
export type PaddingConfig =
  | { readonly strategy: 'max-length'; readonly tokenId: number }
  | { readonly strategy: 'fixed-length'; readonly tokenId: number; readonly targetLength: number };
