import { FerrumError } from '@ferrum/registry/errors';
import { cosine, sigmoid } from '../engine/vector-math.js';

/** How near results in 8 bits are to those in float32, over the samples. */
export interface Quality {
  /** Cosines of vectors; 1 − the change of relevance, 0 to 1, of scores. */
  readonly worst: number;
  readonly mean: number;
}

/** What 8 bits must keep. */
const bounds = {
  vector: { worst: 0.99, mean: 0.995, measure: 'the cosine with its float32 vectors' },
  score: { worst: 0.95, mean: 0.98, measure: '1 less the change of its relevance scores' },
} as const;

/** @throws FerrumError `Unsupported` when the results are too far from those in float32 */
export function requireQuality(
  kind: keyof typeof bounds,
  expected: readonly Float32Array[],
  actual: readonly Float32Array[],
): Quality {
  const likeness = expected.map((values, i) => {
    const others = actual[i] as Float32Array;
    return kind === 'vector'
      ? cosine(values, others)
      : 1 - Math.abs(sigmoid(values[0] as number) - sigmoid(others[0] as number));
  });
  const worst = Math.min(...likeness);
  const mean = likeness.reduce((sum, value) => sum + value, 0) / likeness.length;
  const { measure, ...bound } = bounds[kind];
  if (worst >= bound.worst && mean >= bound.mean) return { worst, mean };
  throw new FerrumError(
    'Unsupported',
    `int8 would change this model's results too much: ${measure} is ${worst.toFixed(4)} at worst and ${mean.toFixed(4)} on ` +
      `average (${bound.worst} and ${bound.mean} are needed). Use quantization: 'float32'.`,
    { details: { worst, mean } },
  );
}
