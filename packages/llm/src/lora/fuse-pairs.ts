import type { AdapterPair } from './read-adapter.js';

/** An adapter's part in one layer of the graph: x · a · b is added to its output. */
export interface FusedMatrices {
  readonly rank: number;
  /** float32 [inFeatures, rank]. */
  readonly a: Float32Array<ArrayBuffer>;
  /** float32 [rank, outFeatures]. */
  readonly b: Float32Array<ArrayBuffer>;
}

/** How a graph's layer differs from the model's: factors of its inputs and outputs by channel (`prefill-weights.ts`). */
export interface ChannelScales {
  readonly inputs?: ReadonlyMap<number, number>;
  readonly outputs?: ReadonlyMap<number, number>;
}

/**
 * Puts the pairs of one layer of the graph side by side: their ranks follow one another, and each reaches its own outputs only.
 * @param outFeatures of the layer
 */
export function fusePairs(
  pairs: readonly AdapterPair[],
  outFeatures: number,
  { inputs, outputs }: ChannelScales = {},
): FusedMatrices {
  const rank = pairs.reduce((sum, pair) => sum + pair.rank, 0);
  const inFeatures = pairs[0]?.module.inFeatures ?? 0;
  const a = new Float32Array(inFeatures * rank);
  const b = new Float32Array(rank * outFeatures);
  let first = 0;
  for (const { place, rank: own, a: down, b: up } of pairs) {
    for (let r = 0; r < own; r++) {
      for (let i = 0; i < inFeatures; i++) {
        // An input that the graph holds smaller counts for as much more.
        a[i * rank + first + r] = (down[r * inFeatures + i] as number) / (inputs?.get(i) ?? 1);
      }
      for (let i = 0; i < place.outFeatures; i++) {
        const output = place.firstOutput + i;
        b[(first + r) * outFeatures + output] = (up[i * own + r] as number) * (outputs?.get(output) ?? 1);
      }
    }
    first += own;
  }
  return { rank, a, b };
}
