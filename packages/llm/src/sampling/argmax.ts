import { FerrumError } from '@ferrum/registry/errors';

/** Index of the largest value, the first among equals; NaN is never it. @throws FerrumError `Backend` when there is none. */
export function argmax(values: Float32Array): number {
  const best = indexOfLargest(values);
  if (best < 0) throw damaged();
  return best;
}

/** The same of logits as a model gives them. @throws FerrumError `Backend` when one of them is NaN or infinite. */
export function finiteArgmax(logits: Float32Array): number {
  // 0 · x is 0 for a finite x, else NaN. Four sums, as each addition waits for the one before.
  let [a, b, c, d] = [0, 0, 0, 0];
  let [w, x, y, z] = [below, below, below, below];
  const whole = logits.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    const v0 = logits[i] as number;
    const v1 = logits[i + 1] as number;
    const v2 = logits[i + 2] as number;
    const v3 = logits[i + 3] as number;
    a += v0 * 0;
    b += v1 * 0;
    c += v2 * 0;
    d += v3 * 0;
    if (v0 > w) w = v0;
    if (v1 > x) x = v1;
    if (v2 > y) y = v2;
    if (v3 > z) z = v3;
  }
  for (let i = whole; i < logits.length; i++) {
    const value = logits[i] as number;
    a += value * 0;
    if (value > w) w = value;
  }
  if (a + b + c + d !== 0 || logits.length === 0) throw damaged();
  return logits.indexOf(Math.max(w, x, y, z));
}

/** As `argmax`, but −1 where every value is −∞ or NaN. */
export function indexOfLargest(values: Float32Array): number {
  // Four maxima side by side, then a search for the place: faster than to carry the place along.
  let [w, x, y, z] = [below, below, below, below];
  const whole = values.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    const v0 = values[i] as number;
    const v1 = values[i + 1] as number;
    const v2 = values[i + 2] as number;
    const v3 = values[i + 3] as number;
    if (v0 > w) w = v0;
    if (v1 > x) x = v1;
    if (v2 > y) y = v2;
    if (v3 > z) z = v3;
  }
  for (let i = whole; i < values.length; i++) {
    const value = values[i] as number;
    if (value > w) w = value;
  }
  const largest = Math.max(w, x, y, z);
  return largest > below ? values.indexOf(largest) : -1;
}

const below = Number.NEGATIVE_INFINITY;

function damaged(): FerrumError {
  return new FerrumError(
    'Backend',
    'The model gave logits that are not finite; its weights are damaged or overflow in this precision.',
  );
}
