import fc from 'fast-check';
import { expect } from 'vitest';
import { Candidates } from '../candidates.js';

// Steps of 1/32: logits closer than a double can tell apart after exp() are ties, whose order is not the point here.
const logit = fc.integer({ min: -320, max: 320 }).map((steps) => steps / 32);

/** Rows of 1 to 40 logits with ties among them. */
export const rows = fc.array(logit, { minLength: 1, maxLength: 40 }).map((values) => Float32Array.from(values));

/** A share in (0, 1). */
export const shares = fc.double({ min: 0.01, max: 0.99, noNaN: true });

export function softmax(row: ArrayLike<number>, temperature = 1): number[] {
  const values = Array.from(row, (value) => value / temperature);
  const highest = Math.max(...values);
  const weights = values.map((value) => Math.exp(value - highest));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

/** Token ids, largest value first, the lower id first among equals. */
export function descending(values: ArrayLike<number>): number[] {
  return Array.from(values, (_, id) => id).sort((a, b) => (values[b] as number) - (values[a] as number) || a - b);
}

/** The first tokens of an order until their probabilities reach p. */
export function until(order: readonly number[], probabilities: readonly number[], p: number): number[] {
  let sum = 0;
  const kept: number[] = [];
  for (const token of order) {
    if (kept.length > 0 && sum >= p) break;
    kept.push(token);
    sum += probabilities[token] as number;
  }
  return kept;
}

export function candidatesOf(row: Float32Array, temperature = 1): Candidates {
  const candidates = new Candidates();
  candidates.take(row, Math.max(...row), temperature);
  return candidates;
}

export function tokensOf({ tokens, count }: Candidates): number[] {
  return [...tokens.subarray(0, count)].sort((a, b) => a - b);
}

/**
 * What a filter left is what the definition says for the share, give or take what the rounding of sums in another order
 * can do at the border.
 */
export function expectBetween(left: Candidates, define: (share: number) => readonly number[], share: number): void {
  const kept = tokensOf(left);
  expect(kept).toEqual(expect.arrayContaining([...define(share * (1 - 1e-9))]));
  expect(define(share * (1 + 1e-9))).toEqual(expect.arrayContaining(kept));
}
