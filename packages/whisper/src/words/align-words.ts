import { FerrumError } from '@ferrum/registry/errors';
import type { WordTokens } from '../tokens/split-words.js';
import { attentionMatrix, type CrossAttention } from './attention-matrix.js';
import { warpingSteps } from './dynamic-time-warping.js';
import { runInSlices } from './run-in-slices.js';

/** A word and when it is said. */
export interface AlignedWord {
  readonly word: string;
  readonly tokens: readonly number[];
  /** In seconds from the start of the window. */
  readonly start: number;
  /** In seconds from the start of the window. */
  readonly end: number;
  /** Mean of its tokens' probabilities. */
  readonly probability: number;
}

export interface AlignmentInput {
  /** Of a decoder run on: the prompt's start (`sotSequence`), `<|notimestamps|>`, the text tokens, `<|endoftext|>`. */
  readonly attention: CrossAttention;
  /** Tokens of `sotSequence`. */
  readonly promptTokens: number;
  /** The text tokens, split. */
  readonly words: readonly WordTokens[];
  /** Of each text token: the softmax over text tokens only (ids below `<|endoftext|>`) of the row before it. */
  readonly tokenProbabilities: ArrayLike<number>;
}

/** Frames a second of the encoder's output. */
const framesPerSecond = 50;

/**
 * When each word is said, from where the decoder looks while it writes the word. Works in slices of a few ms, so that the
 * event loop is never held. No words come of a window without frames. Throws `InvalidParameter` when the sizes do not
 * agree, `Backend` when a weight is not finite, and `Cancelled`.
 */
export async function alignWords(input: AlignmentInput, signal?: AbortSignal): Promise<AlignedWord[]> {
  checkSizes(input);
  if (input.words.length === 0 || input.attention.frames === 0) return [];
  return runInSlices(alignmentSteps(input), 'The alignment of words', signal);
}

function* alignmentSteps({ attention, promptTokens, words, tokenProbabilities }: AlignmentInput) {
  // From the row that writes the first text token to the one that writes the end.
  const rows = attention.tokens - promptTokens - 1;
  const matrix = yield* attentionMatrix(attention, promptTokens, promptTokens + rows);
  const path = yield* warpingSteps(matrix, rows, attention.frames);
  const starts = new Float64Array(rows);
  // Backwards, so that each row keeps the first of its columns.
  for (let step = path.rows.length - 1; step >= 0; step--) {
    starts[path.rows[step] ?? 0] = (path.columns[step] ?? 0) / framesPerSecond;
  }
  let first = 0;
  return words.map(({ word, tokens }): AlignedWord => {
    const next = first + tokens.length;
    let sum = 0;
    for (let token = first; token < next; token++) sum += tokenProbabilities[token] ?? 0;
    const aligned = {
      word,
      tokens,
      start: starts[first] ?? 0,
      end: starts[next] ?? 0,
      probability: tokens.length === 0 ? 0 : sum / tokens.length,
    };
    first = next;
    return aligned;
  });
}

function checkSizes({ attention, promptTokens, words, tokenProbabilities }: AlignmentInput): void {
  const { weights, heads, tokens, frames } = attention;
  const textTokens = words.reduce((sum, word) => sum + word.tokens.length, 0);
  if (!(heads > 0) || weights.length !== heads * tokens * frames) {
    throw mismatch(
      'attention',
      `${weights.length} weights are not ${heads} heads × ${tokens} tokens × ${frames} frames`,
    );
  }
  if (tokens !== promptTokens + textTokens + 2) {
    throw mismatch(
      'words',
      `${tokens} rows of attention are not the ${promptTokens} prompt tokens, ${textTokens} tokens of words and 2 around them`,
    );
  }
  if (tokenProbabilities.length !== textTokens) {
    throw mismatch(
      'tokenProbabilities',
      `there are ${tokenProbabilities.length} probabilities for ${textTokens} text tokens`,
    );
  }
}

function mismatch(parameter: string, what: string): FerrumError {
  return new FerrumError('InvalidParameter', `Words cannot be aligned: ${what}.`, { details: { parameter } });
}
