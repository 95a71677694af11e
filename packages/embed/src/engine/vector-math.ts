/** In place, to length 1; zeros stay zeros. */
export function normalize(values: Float32Array): void {
  let squares = 0;
  for (const value of values) squares += value * value;
  if (squares === 0) return;
  const factor = 1 / Math.sqrt(squares);
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * factor;
}

/** Of the angle between two vectors of the same width. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let i = 0; i < a.length; i++) {
    dot += (a[i] as number) * (b[i] as number);
    squaresA += (a[i] as number) ** 2;
    squaresB += (b[i] as number) ** 2;
  }
  return dot / Math.sqrt(squaresA * squaresB);
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
