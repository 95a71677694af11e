import type { Policy } from './policy.js';
import { pendingTokens, type Schedulable } from './schedulable.js';

/**
 * `sjf`: the least work left first. A job counts as smaller the longer it waits: after n times `agingMs` as one (n + 1)th
 * of itself, so that short jobs that keep coming cannot hold up a long one for ever.
 */
export function shortestJobPolicy(agingMs: number): Policy {
  const size = (item: Schedulable, now: number) => {
    const work = pendingTokens(item) + (item.maxLength - item.length);
    return work / (1 + Math.max(0, now - item.arrivedAt) / agingMs);
  };
  return {
    compare: (a, b, now) => size(a, now) - size(b, now) || a.arrival - b.arrival,
    outranks: () => false,
    served: () => {},
    arrived: () => {},
  };
}
