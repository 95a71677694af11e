import { describe, expect, it } from 'vitest';
import { MergesByScore } from './merges-by-score.js';

describe('MergesByScore', () => {
  const merges = new MergesByScore(Float64Array.of(-1, -3, -1, 0, Number.NaN));

  it('puts the best score first and gives equal scores one rank', () => {
    expect([3, 0, 2, 1].map((id) => merges.rank(id))).toEqual([0, 1, 1, 2]);
  });

  it('knows no rank for a token that may not come out of a merge, or that is none', () => {
    expect([merges.rank(4), merges.rank(5)]).toEqual([undefined, undefined]);
  });
});
