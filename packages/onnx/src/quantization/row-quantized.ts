/** Rows of 8-bit weights with one scale each: weight = scale · quant. */
export interface RowQuantized {
  /** [rows, columns]. */
  readonly quants: Int8Array;
  /** [rows]. */
  readonly scales: Float32Array;
}

/** Rounds rows of floats to 8 bits, symmetric: scale = max |w| / 127. */
export function quantizeRowsInt8(values: Float32Array, columns: number): RowQuantized {
  const rows = values.length / columns;
  const quants = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let largest = 0;
    for (let i = start; i < start + columns; i++) {
      const magnitude = Math.abs(values[i] as number);
      if (magnitude > largest) largest = magnitude;
    }
    const scale = Math.fround(largest / 127);
    const inverse = scale === 0 ? 0 : 1 / scale;
    scales[row] = scale;
    for (let i = start; i < start + columns; i++) quants[i] = Math.round((values[i] as number) * inverse);
  }
  return { quants, scales };
}
