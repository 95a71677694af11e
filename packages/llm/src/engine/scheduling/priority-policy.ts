import type { Policy } from './policy.js';
import type { Schedulable } from './schedulable.js';

/**
 * `priority`: the most urgent first, then the first to come. What waits rises by one priority every `agingMs`, without
 * limit, so that nothing starves. Another is driven out of its slot only by a higher priority of its own, and only until it
 * has waited long enough to stand above that.
 */
export function priorityPolicy(agingMs: number): Policy {
  const rank = (item: Schedulable, now: number) => item.priority + Math.floor((now - item.arrivedAt) / agingMs);
  return {
    compare: (a, b, now) => rank(b, now) - rank(a, now) || a.arrival - b.arrival,
    outranks: (newcomer, running, now) =>
      newcomer.priority > running.priority && rank(newcomer, now) > rank(running, now),
    served: () => {},
    arrived: () => {},
  };
}
