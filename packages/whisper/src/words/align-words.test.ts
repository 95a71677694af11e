import { describe, expect, it } from 'vitest';
import { type AlignmentInput, alignWords } from './align-words.js';
import { attentionMatrix } from './attention-matrix.js';
import { finish, fixture, unpack } from './testing/fixture.js';

const inputs = fixture.alignments.map(({ weights, heads, tokens, frames, promptTokens, words, ...rest }) => ({
  input: { attention: { weights: unpack(weights), heads, tokens, frames }, promptTokens, words, ...rest },
  ...rest,
}));

describe('the alignment of words', () => {
  it('weighs tokens and frames as CTranslate2 does', () => {
    for (const { input, matrix } of inputs) {
      const { attention, promptTokens } = input;
      const found = finish(attentionMatrix(attention, promptTokens, attention.tokens - 1));
      const expected = unpack(matrix);
      expect(found).toHaveLength(expected.length);
      for (const [index, value] of found.entries()) expect(value).toBeCloseTo(expected[index] ?? Number.NaN, 4);
    }
  });

  it('finds the times and probabilities that faster-whisper finds', async () => {
    for (const { input, aligned } of inputs) {
      const found = await alignWords(input);
      expect(found.map(({ word, tokens, start, end }) => ({ word, tokens, start, end }))).toEqual(
        aligned.map(({ word, tokens, start, end }) => ({ word, tokens, start, end })),
      );
      for (const [index, { probability }] of found.entries()) {
        expect(probability).toBeCloseTo(aligned[index]?.probability ?? Number.NaN, 10);
      }
    }
  });

  it('stays finite where all tokens look at a frame alike', async () => {
    const found = await alignWords(madeUp({ weights: new Float32Array(2 * 5 * 20).fill(0.05) }));
    for (const { start, end } of found) expect(start >= 0 && end <= 0.4).toBe(true);
  });

  it('finds no words where there are none, or no frames', async () => {
    expect(await alignWords(madeUp({ frames: 0, weights: new Float32Array() }))).toEqual([]);
    const silent = { words: [], tokens: 3, weights: new Float32Array(2 * 3 * 20), tokenProbabilities: [] };
    expect(await alignWords(madeUp(silent))).toEqual([]);
  });

  it('refuses sizes that do not agree, weights that are no numbers, and to go on when cancelled', async () => {
    await expect(alignWords(madeUp({ frames: 21 }))).rejects.toThrow(
      /200 weights are not 2 heads × 5 tokens × 21 frames/,
    );
    await expect(alignWords(madeUp({ tokenProbabilities: [1] }))).rejects.toThrow(/1 probabilities for 2 text tokens/);
    const words = [{ word: 'a', tokens: [1, 2, 3] }];
    await expect(alignWords(madeUp({ words }))).rejects.toThrow(/5 rows of attention are not the 1 prompt tokens, 3/);
    const weights = new Float32Array(200).fill(Number.NaN);
    await expect(alignWords(madeUp({ weights }))).rejects.toThrow(/not finite/);
    await expect(alignWords(madeUp({}), AbortSignal.abort())).rejects.toMatchObject({ code: 'Cancelled' });
  });

  it('lets the event loop turn', async () => {
    const tokens = 120;
    const frames = 1500;
    const words = Array.from({ length: tokens - 3 }, (_, index) => ({ word: ` ${index}`, tokens: [index] }));
    const weights = Float32Array.from({ length: 4 * tokens * frames }, (_, index) => ((index * 7919) % 1009) / 1009);
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await alignWords({
      attention: { weights, heads: 4, tokens, frames },
      promptTokens: 1,
      words,
      tokenProbabilities: words.map(() => 0.5),
    });
    isDone = true;
    expect(turns).toBeGreaterThan(1);
  });
});

interface Changes {
  readonly weights?: Float32Array;
  readonly tokens?: number;
  readonly frames?: number;
  readonly words?: AlignmentInput['words'];
  readonly tokenProbabilities?: readonly number[];
}

function madeUp({ weights = new Float32Array(200), tokens = 5, frames = 20, ...rest }: Changes): AlignmentInput {
  return {
    attention: { weights, heads: 2, tokens, frames },
    promptTokens: 1,
    words: rest.words ?? [
      { word: ' a', tokens: [1] },
      { word: ' b', tokens: [2] },
    ],
    tokenProbabilities: rest.tokenProbabilities ?? [0.5, 0.5],
  };
}
