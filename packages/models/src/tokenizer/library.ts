import * as module from '@huggingface/tokenizers';
import type { AddedToken, Step, Vocabulary } from './definition.js';

/**
 * What Ferrum uses of `@huggingface/tokenizers`, typed here because the package's declarations import each other without
 * file extensions, which Node's module resolution does not follow: its classes would all be `any`, or missing.
 */
export const { Tokenizer: Library, BPE, Unigram, WordPiece } = module as unknown as LibraryModule;

/** Splits text into token texts. */
export interface Library {
  model: LibraryModel;
  /** Added tokens by the text that is looked for: as they are written, and normalized. */
  readonly added_tokens_map: ReadonlyMap<string, Pick<AddedToken, 'id' | 'normalized'>>;
  /** Null when there is none. */
  readonly normalizer: ((text: string) => string) | null;
  /** Cuts a text around those added tokens that are found in it as it is written. */
  readonly splitter_unnormalized: { split(text: string): string[] };
  /** Cuts normalized text around those added tokens that are found in it. */
  splitter_normalized: { split(text: string): string[] };
  tokenize(text: string): string[];
}

/** All that splitting asks of a vocabulary. */
export type TokenLookup = Pick<Vocabulary, 'get' | 'has'>;

/** Splits words into token texts. */
export interface LibraryModel {
  tokens_to_ids: TokenLookup;
  unk_token: string | undefined;
  unk_token_id: number | undefined;
}

export interface LibraryBpe extends LibraryModel {
  /** Cuts a word into token texts. */
  bpe(word: string): readonly string[];
}

export interface LibraryUnigram extends LibraryModel {
  readonly trie: { readonly root: TrieNode };
}

export interface TrieNode {
  is_leaf: boolean;
  readonly children: ReadonlyMap<string, TrieNode>;
}

interface LibraryModule {
  readonly Tokenizer: new (
    json: {
      readonly model: object;
      readonly added_tokens: readonly AddedToken[];
      readonly normalizer: Step | null;
      readonly pre_tokenizer: Step | null;
      readonly post_processor: null;
      readonly decoder: null;
    },
    config: object,
  ) => Library;
  readonly BPE: new (config: {
    readonly vocab: object;
    readonly merges: readonly [];
    readonly unk_token: string | undefined;
    readonly fuse_unk: boolean;
    readonly byte_fallback: boolean;
    readonly ignore_merges: boolean;
  }) => LibraryBpe;
  readonly WordPiece: new (config: {
    readonly vocab: object;
    readonly unk_token: string;
    readonly continuing_subword_prefix: string;
    readonly max_input_chars_per_word: number;
  }) => LibraryModel;
  readonly Unigram: new (
    config: { readonly vocab: readonly (readonly [string, number])[]; readonly unk_id: number },
    endOfSequenceToken: string,
  ) => LibraryUnigram;
}
