import { readFileSync } from 'node:fs';
import type { SplitWindow } from '../transcribe/split-segments.js';

/** What faster-whisper does: fixtures/make_windows.py. */
export interface ExpectedWindows {
  readonly timestampBegin: number;
  readonly maxTokens: number;
  readonly splits: readonly (SplitWindow & {
    readonly tokens: readonly number[];
    readonly offset: number;
    readonly frames: number;
  })[];
  readonly prompts: readonly {
    readonly previous: readonly number[];
    readonly withoutTimestamps: boolean;
    readonly prefix: string | null;
    readonly hotwords: string | null;
    readonly tokens: readonly number[];
  }[];
  readonly fallbacks: readonly ExpectedFallback[];
}

export interface ExpectedFallback {
  readonly temperatures: readonly number[];
  readonly compressionRatioThreshold: number | null;
  readonly logProbThreshold: number | null;
  readonly noSpeechThreshold: number | null;
  readonly noSpeech: number;
  /** What the model writes at each temperature, and with which mean log-probability. */
  readonly outcomes: readonly { readonly tokens: readonly number[]; readonly logProb: number }[];
  /** Temperatures tried. */
  readonly tried: number;
  readonly tokens: readonly number[];
  readonly temperature: number;
  readonly avgLogprob: number;
  readonly compressionRatio: number;
}

export const expectedWindows: ExpectedWindows = JSON.parse(
  readFileSync(new URL('../fixtures/windows.json', import.meta.url), 'utf8'),
);
