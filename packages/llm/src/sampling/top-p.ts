import type { Candidates } from './candidates.js';
import { sortByProbability } from './sort-candidates.js';

/** Nucleus sampling: keeps the smallest set of the most probable tokens whose share reaches p. Holtzman et al. 2019. */
export function topP(candidates: Candidates, p: number): void {
  const total = candidates.total();
  const enough = p * total;
  // Tokens under this weight have less than 1 − p of the mass together, so the rest reaches p without them and few are
  // left to sort. A little lower, as rounding must not drop them all where they are equal.
  candidates.keepFrom((0.99 * (1 - p) * total) / candidates.count);
  sortByProbability(candidates);
  const { weights, count } = candidates;
  let kept = 0;
  for (let sum = 0; kept < count && (kept === 0 || sum < enough); kept++) sum += weights[kept] as number;
  candidates.truncate(kept);
}
