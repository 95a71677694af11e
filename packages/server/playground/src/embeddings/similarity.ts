/** Cosine similarity of every pair of vectors, −1 to 1: `[vectors, vectors]`. A vector of zeros is like nothing: 0. */
export function similarityMatrix(vectors: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const lengths = vectors.map((vector) => Math.sqrt(dot(vector, vector)));
  return vectors.map((left, row) =>
    vectors.map((right, column) => {
      const length = (lengths[row] ?? 0) * (lengths[column] ?? 0);
      return length === 0 ? 0 : Math.max(-1, Math.min(1, dot(left, right) / length));
    }),
  );
}

/** A pair of different rows, counted from 0, and how similar they are. */
export interface Pair {
  readonly first: number;
  readonly second: number;
  readonly similarity: number;
}

/** The most and the least similar pair; nothing for fewer than two vectors. */
export function extremePairs(
  matrix: readonly (readonly number[])[],
): { readonly nearest: Pair; readonly farthest: Pair } | undefined {
  const pairs = matrix
    .flatMap((row, first) => row.map((similarity, second) => ({ first, second, similarity })))
    .filter(({ first, second }) => first < second);
  const [start] = pairs;
  if (!start) return undefined;
  return {
    nearest: pairs.reduce((best, pair) => (pair.similarity > best.similarity ? pair : best), start),
    farthest: pairs.reduce((best, pair) => (pair.similarity < best.similarity ? pair : best), start),
  };
}

/** A similarity with two digits; one that rounds to zero has no sign. */
export function formatSimilarity(value: number): string {
  return (Math.round(value * 100) / 100 + 0).toFixed(2).replace('-', '−');
}

function dot(left: readonly number[], right: readonly number[]): number {
  let sum = 0;
  for (let index = 0; index < left.length; index += 1) sum += (left[index] ?? 0) * (right[index] ?? 0);
  return sum;
}
