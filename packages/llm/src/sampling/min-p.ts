import type { Candidates } from './candidates.js';

/** Keeps the tokens at least p times as probable as the most probable one. Nguyen et al. 2024. */
export function minP(candidates: Candidates, p: number): void {
  const { weights, count } = candidates;
  let best = 0;
  for (let i = 0; i < count; i++) if ((weights[i] as number) > best) best = weights[i] as number;
  candidates.keepFrom(p * best);
}
