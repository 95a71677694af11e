import { FerrumError } from '@ferrum/registry/errors';

/**
 * The vector, as long as its values are numbers.
 * @param what for people: what it was computed of
 * @throws FerrumError `Backend` when one of them is NaN or infinite
 */
export function requireNumbers(vector: Float32Array, what: string): Float32Array {
  // 0 · x is 0 for a finite x, else NaN.
  let zero = 0;
  for (const value of vector) zero += 0 * value;
  if (zero === 0) return vector;
  throw new FerrumError(
    'Backend',
    `The model made values of ${what} that are no numbers (NaN or infinite); its weights are probably damaged.`,
  );
}
