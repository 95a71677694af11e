import type { Fixture } from '../fixtures/load-fixture.js';

/** Between logits and those of a fixture, over all rows: a wrong order, scale or offset destroys it, 8 bits leave it near 1. */
export function correlation(actual: readonly Float32Array[], { logits }: Fixture): number {
  let [squares, products, own] = [0, 0, 0];
  for (const [row, expected] of logits.entries()) {
    for (const [i, value] of expected.entries()) {
      squares += value * value;
      own += actual[row]![i]! ** 2;
      products += value * actual[row]![i]!;
    }
  }
  return products / Math.sqrt(squares * own);
}
