import { describe, expect, it } from 'vitest';
import { MapVocabulary } from './map-vocabulary.js';
import { MergesByScore } from './merges-by-score.js';

describe('MergesByScore', () => {
  const vocabulary = new MapVocabulary(new Map(['ab', 'bc', 'cd', '"\\', 'xy'].map((token, id) => [token, id])));
  const merges = new MergesByScore(vocabulary, Float64Array.of(-1, -3, -1, 0, Number.NaN));
  const rank = (left: string, right: string) => merges.get(JSON.stringify([left, right]));

  it('puts the best score first and gives equal scores one rank', () => {
    expect([rank('"', '\\'), rank('a', 'b'), rank('c', 'd'), rank('b', 'c')]).toEqual([0, 1, 1, 2]);
  });

  it('knows no rank for a pair whose union is not a token, or one that may not come out of a merge', () => {
    expect([rank('a', 'c'), rank('x', 'y')]).toEqual([undefined, undefined]);
  });
});
