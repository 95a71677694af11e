import type { Candidates } from './candidates.js';
import { sortByKeys } from './sort-candidates.js';

/**
 * Locally typical sampling: keeps the smallest set of the tokens whose surprise −ln p(x) is nearest to the entropy H, and
 * whose share reaches p. Meister et al. 2022.
 *
 * With logits l, ln p(x) = l(x) / T − ln Z, so the distance |H + ln p(x)| is |l(x) − mean of l| / T: the normaliser
 * cancels out, and T does not change the order.
 */
export function typicalP(candidates: Candidates, p: number): void {
  const { logits, weights, keys, count } = candidates;
  let total = 0;
  let mean = 0;
  for (let i = 0; i < count; i++) {
    total += weights[i] as number;
    mean += (weights[i] as number) * (logits[i] as number);
  }
  mean /= total;
  for (let i = 0; i < count; i++) keys[i] = Math.abs((logits[i] as number) - mean);
  sortByKeys(candidates);
  const sorted = candidates.weights;
  let kept = 0;
  for (let sum = 0; kept < count && (kept === 0 || sum < p * total); kept++) sum += sorted[kept] as number;
  candidates.truncate(kept);
}
