import { describe, expect, it } from 'vitest';
import { fusePairs } from './fuse-pairs.js';

const pairOf = (firstOutput: number) => {
  const place = { layer: 'queryKeyValue', firstOutput, outFeatures: 1 } as const;
  return { place, module: { layer: 0, places: [place], inFeatures: 2, target: 'x', isRotated: false } };
};

describe('fusePairs', () => {
  const pair = (firstOutput: number, first: number) => ({
    ...pairOf(firstOutput),
    rank: 1,
    a: Float32Array.of(first, first + 1),
    b: Float32Array.of(first + 2),
  });

  it('lets each pair reach its own outputs only', () => {
    const { rank, a, b } = fusePairs([pair(0, 1), pair(1, 5)], 2);
    expect(rank).toBe(2);
    expect([...a]).toEqual([1, 5, 2, 6]);
    expect([...b]).toEqual([3, 0, 0, 7]);
  });

  it('makes up for inputs and outputs that the graph holds smaller', () => {
    const scales = { inputs: new Map([[1, 0.25]]), outputs: new Map([[0, 0.5]]) };
    const { a, b } = fusePairs([pair(0, 1)], 2, scales);
    expect([...a]).toEqual([1, 8]);
    expect([...b]).toEqual([1.5, 0]);
  });
});
