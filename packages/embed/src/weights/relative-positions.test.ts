import { describe, expect, it } from 'vitest';
import { distanceTable } from './relative-positions.js';

/**
 * Where the next bucket begins, from distance −600 on: [distance, bucket] of transformers'
 * `MPNetEncoder.relative_position_bucket(torch.arange(-600, 601), num_buckets=buckets, max_distance=maxDistance)`.
 */
// biome-ignore format: tables
const references: readonly { buckets: number; maxDistance: number; steps: readonly (readonly [number, number])[] }[] = [
  {
    buckets: 32,
    maxDistance: 128,
    steps: [
      [-600, 15], [-90, 14], [-63, 13], [-45, 12], [-31, 11], [-22, 10], [-15, 9], [-11, 8], [-7, 7], [-6, 6], [-5, 5],
      [-4, 4], [-3, 3], [-2, 2], [-1, 1], [0, 0], [1, 17], [2, 18], [3, 19], [4, 20], [5, 21], [6, 22], [7, 23], [8, 24],
      [12, 25], [16, 26], [23, 27], [32, 28], [46, 29], [64, 30], [91, 31],
    ],
  },
  {
    buckets: 16,
    maxDistance: 20,
    steps: [
      [-600, 7], [-13, 6], [-8, 5], [-5, 4], [-3, 3], [-2, 2], [-1, 1], [0, 0], [1, 9], [2, 10], [3, 11], [4, 12],
      [6, 13], [9, 14], [14, 15],
    ],
  },
  {
    buckets: 64,
    maxDistance: 512,
    steps: [
      [-600, 31], [-412, 30], [-331, 29], [-267, 28], [-215, 27], [-173, 26], [-139, 25], [-112, 24], [-90, 23],
      [-72, 22], [-58, 21], [-47, 20], [-38, 19], [-30, 18], [-24, 17], [-19, 16], [-15, 15], [-14, 14], [-13, 13],
      [-12, 12], [-11, 11], [-10, 10], [-9, 9], [-8, 8], [-7, 7], [-6, 6], [-5, 5], [-4, 4], [-3, 3], [-2, 2], [-1, 1],
      [0, 0], [1, 33], [2, 34], [3, 35], [4, 36], [5, 37], [6, 38], [7, 39], [8, 40], [9, 41], [10, 42], [11, 43],
      [12, 44], [13, 45], [14, 46], [15, 47], [16, 48], [20, 49], [25, 50], [31, 51], [39, 52], [48, 53], [59, 54],
      [73, 55], [91, 56], [113, 57], [140, 58], [174, 59], [216, 60], [268, 61], [332, 62], [413, 63],
    ],
  },
];

describe.each(references)('biases of $buckets buckets up to a distance of $maxDistance', ({ steps, ...config }) => {
  const heads = 2;
  // The bias of a bucket names it.
  const biases = Float32Array.from(
    { length: config.buckets * heads },
    (_, i) => Math.floor(i / heads) + 1000 * (i % heads),
  );

  it.each([1, 2, 130, 601])('lie where transformers looks for them, for texts of %i tokens', (maxTokens) => {
    const table = distanceTable(biases, heads, maxTokens, config);
    const expected: number[] = [];
    for (let distance = 1 - maxTokens; distance < maxTokens; distance++) {
      const bucket = steps.findLast(([from]) => from <= distance)?.[1] as number;
      expected.push(bucket, bucket + 1000);
    }
    expect(Array.from(table)).toEqual(expected);
  });
});
