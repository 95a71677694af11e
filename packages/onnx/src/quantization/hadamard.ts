/**
 * The orthogonal Walsh–Hadamard matrix in Sylvester's order, [size, size]; it is symmetric and its own inverse. Turning a
 * vector with it spreads one large element over all: what is left has no outliers to spend the steps of a quantiser on.
 * @param size a power of two
 */
export function hadamardMatrix(size: number): Float32Array {
  const matrix = new Float32Array(size * size);
  for (let row = 0; row < size; row++) matrix[row * size + row] = 1;
  rotateBlocks(matrix, size);
  return matrix;
}

/** Multiplies each block of so many values with the Hadamard matrix, in place. */
export function rotateBlocks(values: Float32Array, size: number): void {
  const norm = 1 / Math.sqrt(size);
  for (let block = 0; block < values.length; block += size) {
    for (let half = 1; half < size; half *= 2) {
      for (let i = block; i < block + size; i += 2 * half) {
        for (let j = i; j < i + half; j++) {
          const [a, b] = [values[j] as number, values[j + half] as number];
          values[j] = a + b;
          values[j + half] = a - b;
        }
      }
    }
    for (let i = block; i < block + size; i++) values[i] = (values[i] as number) * norm;
  }
}
