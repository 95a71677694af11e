/** Reproducible values in [−1, 1), by a linear congruential generator (Numerical Recipes' constants). */
export function randomFloats(length: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** `rows` arrays of `columns` elements each. */
export function rowsOf(data: ArrayLike<number>, columns: number): readonly (readonly number[])[] {
  const all = Array.from(data);
  return Array.from({ length: all.length / columns }, (_, row) => all.slice(row * columns, (row + 1) * columns));
}

export function largestDifference(actual: ArrayLike<number | bigint>, expected: readonly number[]): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  return expected.reduce((largest, value, index) => Math.max(largest, Math.abs(Number(actual[index]) - value)), 0);
}

export function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? Number.NaN), 0);
}
