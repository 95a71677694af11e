/** In frames of 20 ms, as in openai/whisper and CTranslate2. */
const width = 7;
const reach = 3;

/**
 * Writes to `target` the median of the seven values around each value of `source`, whose ends are continued by reflection
 * (x₂ x₁ | x₀ x₁ x₂ …). A row of three values or fewer is copied. Both arrays have the same length.
 */
export function medianFilter(source: Float32Array, target: Float32Array): void {
  const { length } = source;
  if (length <= reach) {
    target.set(source);
    return;
  }
  const padded = new Float32Array(length + width - 1);
  padded.set(source, reach);
  for (let index = 1; index <= reach; index++) {
    padded[reach - index] = at(source, index);
    padded[reach + length - 1 + index] = at(source, length - 1 - index);
  }
  for (let start = 0; start < length; start++) target[start] = medianOf7(padded, start);
}

/**
 * The least and the greatest of five values cannot be the median of seven, nor those of the four left with the sixth: they
 * are dropped, and the median of the two left and the seventh is the median of all.
 */
function medianOf7(values: Float32Array, start: number): number {
  const a = at(values, start);
  const b = at(values, start + 1);
  const c = at(values, start + 2);
  const d = at(values, start + 3);
  const lowAB = lesser(a, b);
  const lowCD = lesser(c, d);
  const highAB = greater(a, b);
  const highCD = greater(c, d);
  const fifth = medianOf3(lesser(lowAB, lowCD), greater(highAB, highCD), at(values, start + 4));
  const low = greater(lowAB, lowCD);
  const high = lesser(highAB, highCD);
  const sixth = at(values, start + 5);
  return medianOf3(
    greater(lesser(low, high), lesser(fifth, sixth)),
    lesser(greater(low, high), greater(fifth, sixth)),
    at(values, start + 6),
  );
}

function medianOf3(a: number, b: number, c: number): number {
  return greater(lesser(a, b), lesser(greater(a, b), c));
}

function lesser(a: number, b: number): number {
  // biome-ignore lint/complexity/useMathMinMax: Math.min takes twice as long, as it must look for NaN and −0.
  return a < b ? a : b;
}

function greater(a: number, b: number): number {
  // biome-ignore lint/complexity/useMathMinMax: as above.
  return a > b ? a : b;
}

function at(values: Float32Array, index: number): number {
  return values[index] ?? 0;
}
