import { FerrumError } from '@ferrum/registry/errors';

/**
 * The number of elements of a tensor of this shape; a scalar (no dimensions) has one.
 * @throws FerrumError `InvalidParameter` when a dimension is no whole number ≥ 0 or the product is too large.
 */
export function elementCount(dims: readonly number[], what = 'A tensor'): number {
  if (!Array.isArray(dims)) {
    throw new FerrumError(
      'InvalidParameter',
      `${what} needs its dimensions as an array of numbers, got ${typeof dims}.`,
    );
  }
  let count = 1;
  for (const dimension of dims) {
    if (!Number.isSafeInteger(dimension) || dimension < 0) {
      throw new FerrumError(
        'InvalidParameter',
        `${what} has the dimension ${String(dimension)}; dimensions are whole numbers, 0 or more.`,
      );
    }
    count *= dimension;
  }
  if (!Number.isSafeInteger(count)) {
    throw new FerrumError(
      'InvalidParameter',
      `${what} of shape ${formatShape(dims)} has more elements than can be addressed.`,
    );
  }
  return count;
}

/** `[2, 3]`; a symbolic dimension is its name, an unknown one `?`. */
export function formatShape(dims: readonly (number | string | undefined)[]): string {
  return `[${dims.map((dimension) => dimension ?? '?').join(', ')}]`;
}
