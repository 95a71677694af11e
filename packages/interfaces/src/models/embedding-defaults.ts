/** How an embedding model's card says to use it, where its files do not say so; what the files say comes first. */
export interface EmbeddingDefaults {
  /** Put before a text, by what the text is for: `query`, `document` … An empty string is a statement: no prompt. */
  readonly prompts?: Readonly<Record<string, string>>;
  /** How token vectors become the text's vector. */
  readonly pooling?: EmbeddingPooling;
  /** Whether vectors are scaled to length 1. */
  readonly normalize?: boolean;
}

/** The names of sentence-transformers. */
export type EmbeddingPooling = 'cls' | 'max' | 'mean' | 'mean_sqrt_len_tokens' | 'weightedmean' | 'lasttoken';
