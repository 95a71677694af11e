import type { PairTokens, SpecialTokens, SurroundingTokens } from './tokenizer.js';

/** All that makes up a tokenizer, whichever file it was read from. Steps are those of the `tokenizer.json` format. */
export interface TokenizerDefinition {
  /** Where it was read from, for messages. */
  readonly source: string;
  readonly model: ModelDefinition;
  readonly addedTokens: readonly AddedToken[];
  readonly normalizer: Step | undefined;
  readonly preTokenizer: Step | undefined;
  readonly decoder: Step | undefined;
  readonly surroundingTokens: SurroundingTokens;
  readonly pairTokens: PairTokens | undefined;
  readonly specialTokens: SpecialTokens;
  readonly endOfGenerationTokens: ReadonlySet<number>;
}

export interface Step {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** A token that is found in the text before the model sees it. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
}

export type ModelDefinition = BpeDefinition | WordPieceDefinition | UnigramDefinition;

export interface BpeDefinition {
  readonly kind: 'bpe';
  readonly vocabulary: Vocabulary;
  readonly merges: Merges;
  readonly unknownToken?: string;
  readonly endOfWordSuffix?: string;
  readonly fuseUnknown: boolean;
  /** Characters outside the vocabulary become `<0xNN>` tokens. */
  readonly byteFallback: boolean;
  /** A word that is in the vocabulary is one token, whatever the merges say. */
  readonly ignoreMerges: boolean;
}

/** Tokens by text and by id. */
export interface Vocabulary {
  /** One more than the highest id. */
  readonly size: number;
  get(text: string): number | undefined;
  has(text: string): boolean;
  text(id: number): string | undefined;
}

/** The order in which pairs of tokens are merged. */
export interface Merges {
  /**
   * The rank of a pair, a whole number below 2²⁴; the lowest merges first, then the leftmost. Undefined when it never merges.
   * @param union the id of the token that both make
   * @param leftLength of the left one's text, in UTF-16 units
   */
  rank(union: number, leftLength: number): number | undefined;
}

export interface WordPieceDefinition {
  readonly kind: 'wordpiece';
  readonly vocabulary: Vocabulary;
  readonly unknownToken: string;
  readonly continuingSubwordPrefix: string;
  readonly maxInputCharactersPerWord: number;
}

export interface UnigramDefinition {
  readonly kind: 'unigram';
  /** `[text, log-probability]` by id. */
  readonly pieces: readonly (readonly [string, number])[];
  readonly unknownId: number;
}
