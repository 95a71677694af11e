import type { Policy } from './policy.js';

/** `fcfs`: first come, first served, whatever its priority. */
export function firstComePolicy(): Policy {
  return {
    compare: (a, b) => a.arrival - b.arrival,
    outranks: () => false,
    served: () => {},
    arrived: () => {},
  };
}
