import type { Candidates } from './candidates.js';
import type { Random } from './random.js';

/** Position of one candidate, each with the probability of its share. */
export function draw(candidates: Candidates, random: Random): number {
  const { weights, count } = candidates;
  let left = random.next() * candidates.total();
  for (let i = 0; i < count - 1; i++) {
    left -= weights[i] as number;
    if (left < 0) return i;
  }
  return count - 1;
}
