import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePiperPhonemes, piperEnds } from './piper-phonemes.js';

const phonemeIds = new Map<string, readonly number[]>([
  ...[...'_^$ abc.'].map((symbol, id) => [symbol, [id]] as const),
  ['\u0303', [20]],
  ['d', [21, 22]],
]);

describe('ids of a Piper voice', () => {
  it('are followed by a pad each, and point at their phonemes', () => {
    expect(encodePiperPhonemes('ab c.', { phonemeIds })).toEqual({
      ids: [4, 0, 5, 0, 3, 0, 6, 0, 7, 0],
      places: [0, -1, 1, -1, 2, -1, 3, -1, 4, -1],
      phonemes: 'ab c.',
      unknown: [],
    });
  });

  it('stand for code points in NFD: a nasal vowel is two', () => {
    expect(encodePiperPhonemes('ã', { phonemeIds })).toMatchObject({ ids: [4, 0, 20, 0], phonemes: 'a\u0303' });
  });

  it('may be several for a phoneme, with one pad', () => {
    expect(encodePiperPhonemes('d', { phonemeIds })).toMatchObject({ ids: [21, 22, 0], places: [0, 0, -1] });
  });

  it('leave out what is unknown, and marks of the sequence, told once each', () => {
    expect(encodePiperPhonemes('a☃_b☃^$𝄞', { phonemeIds })).toMatchObject({
      ids: [4, 0, 5, 0],
      places: [0, -1, 3, -1],
      unknown: ['☃', '_', '^', '$', '𝄞'],
    });
  });

  it('has ends: start and pad, end', () => {
    expect(piperEnds({ phonemeIds })).toEqual({ before: [1, 0], after: [2] });
  });

  it('are as many as places, which only rise', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { ids, places, phonemes } = encodePiperPhonemes(text, { phonemeIds });
        expect(ids.length).toBe(places.length);
        const real = places.filter((place) => place >= 0);
        expect(real).toEqual(real.toSorted((a, b) => a - b));
        expect(real.every((place) => place < phonemes.length)).toBe(true);
      }),
    );
  });
});
