import type { Candidates } from './candidates.js';
import { sortByProbability } from './sort-candidates.js';

/**
 * Tail-free sampling (Phénix & Egan 2019): cuts where the curve of the sorted probabilities has become flat. The most
 * probable token stays, and each next one while the absolute second differences before it are at most z of their sum.
 */
export function tailFree(candidates: Candidates, z: number): void {
  const { count } = candidates;
  // Without three points there is no curvature.
  if (count < 3) return;
  sortByProbability(candidates);
  const { weights } = candidates;
  let total = 0;
  for (let i = 0; i < count - 2; i++) total += curvature(weights, i);
  if (total === 0) return;
  let kept = 1;
  let sum = 0;
  for (let i = 0; i < count - 2; i++) {
    sum += curvature(weights, i);
    if (sum > z * total) break;
    kept += 1;
  }
  candidates.truncate(kept);
}

function curvature(values: Float64Array, at: number): number {
  return Math.abs((values[at] as number) - 2 * (values[at + 1] as number) + (values[at + 2] as number));
}
