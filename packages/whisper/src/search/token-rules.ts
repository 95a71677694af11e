import type { WhisperTokens } from '../tokens/whisper-tokens.js';

/** What decides which tokens may follow. */
export interface TokenRules {
  readonly endOfText: number;
  readonly timestampBegin: number;
  readonly noTimestamps: number;
  readonly vocabularySize: number;
  /** Never written. Ascending. */
  readonly suppressed: readonly number[];
  /** Not written first. */
  readonly suppressedFirst: readonly number[];
  /** Whether timestamps are written, by their rules; without them the prompt says that none are wanted. */
  readonly timestamps: boolean;
  /** The latest timestamp that may come first. */
  readonly maxInitialTimestamp: number;
  /** Above 1 makes tokens already written less likely. Keskar et al. 2019. */
  readonly repetitionPenalty: number;
  /** No sequence of so many tokens is written twice; 0: any may. */
  readonly noRepeatNgramSize: number;
}

export interface RuleSettings {
  readonly suppressTokens: readonly number[];
  readonly suppressBlank: boolean;
  readonly withoutTimestamps: boolean;
  /** In seconds. */
  readonly maxInitialTimestamp: number;
  readonly repetitionPenalty: number;
  readonly noRepeatNgramSize: number;
}

export function createTokenRules(tokens: WhisperTokens, vocabularySize: number, settings: RuleSettings): TokenRules {
  const { repetitionPenalty, noRepeatNgramSize, suppressBlank } = settings;
  return {
    endOfText: tokens.endOfText,
    timestampBegin: tokens.timestampBegin,
    noTimestamps: tokens.noTimestamps,
    vocabularySize,
    suppressed: tokens.suppressedTokens(settings.suppressTokens),
    suppressedFirst: suppressBlank ? tokens.blankTokens : [],
    timestamps: !settings.withoutTimestamps,
    maxInitialTimestamp: tokens.timestampId(settings.maxInitialTimestamp),
    repetitionPenalty,
    noRepeatNgramSize,
  };
}
