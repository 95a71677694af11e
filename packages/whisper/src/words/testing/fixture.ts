import { readFileSync } from 'node:fs';
import type { AlignedWord } from '../align-words.js';

interface WarpingCase {
  readonly matrix: string;
  readonly rows: number;
  readonly columns: number;
  readonly path: readonly (readonly number[])[];
}

interface AlignmentCase {
  readonly weights: string;
  readonly heads: number;
  readonly tokens: number;
  readonly frames: number;
  readonly promptTokens: number;
  readonly words: readonly { readonly word: string; readonly tokens: readonly number[] }[];
  readonly tokenProbabilities: readonly number[];
  readonly matrix: string;
  readonly aligned: readonly AlignedWord[];
}

interface Word {
  readonly word: string;
  readonly start: number;
  readonly end: number;
  readonly probability: number;
}

interface Segment {
  readonly seek: number;
  readonly start: number;
  readonly end: number;
  readonly tokens: readonly number[];
}

interface TimedSegment extends Segment {
  readonly words: readonly Word[];
}

interface TimestampsCase {
  readonly segments: readonly Segment[];
  readonly words: readonly AlignedWord[];
  readonly windowStart: number;
  readonly lastSpeechEnd: number;
  readonly timed: readonly TimedSegment[];
  readonly speechEnd: number;
}

interface HallucinationsCase {
  readonly threshold: number;
  readonly frames: number;
  readonly windows: readonly {
    readonly seek: number;
    readonly frames: number;
    readonly segments: readonly TimedSegment[];
    readonly single: boolean;
  }[];
  readonly seeks: readonly number[];
  readonly kept: readonly (readonly number[])[];
}

/** What `fixtures/make.py` wrote: outputs of openai-whisper, faster-whisper and scipy. */
export const fixture: {
  readonly medians: readonly { readonly row: string; readonly median: string }[];
  readonly warpings: readonly WarpingCase[];
  readonly alignments: readonly AlignmentCase[];
  readonly punctuations: readonly { readonly words: readonly AlignedWord[]; readonly merged: readonly AlignedWord[] }[];
  readonly timestamps: readonly TimestampsCase[];
  readonly hallucinations: readonly HallucinationsCase[];
} = JSON.parse(readFileSync(new URL('../fixtures/words.json', import.meta.url), 'utf8'));

/** Little-endian float32 in base64. */
export function unpack(text: string): Float32Array {
  return new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);
}

/** Runs a generator to its end. */
export function finish<Result>(steps: Generator<void, Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
