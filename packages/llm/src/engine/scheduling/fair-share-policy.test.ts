import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fairSharePolicy } from './fair-share-policy.js';
import type { Policy } from './policy.js';
import type { Schedulable } from './schedulable.js';

const job = (client: string, arrival: number): Schedulable => ({
  client,
  arrival,
  priority: 1,
  arrivedAt: 0,
  length: 1,
  maxLength: 1_000_000,
  computed: 0,
  slot: undefined,
  isHeldUp: false,
  speculationDepth: 0,
  chunkLimit: 1,
});

/** Both have work without end, one token is computed at a time. @returns tokens that each was served */
function share(policy: Policy, first: Schedulable, second: Schedulable, tokens: number): Map<Schedulable, number> {
  const served = new Map([
    [first, 0],
    [second, 0],
  ]);
  policy.arrived(first, []);
  policy.arrived(second, [first]);
  for (let i = 0; i < tokens; i++) {
    const next = policy.compare(first, second, 0) < 0 ? first : second;
    policy.served(next, 1);
    served.set(next, (served.get(next) ?? 0) + 1);
  }
  return served;
}

describe('fairSharePolicy', () => {
  it('holds nothing of the past against whoever was served alone, nor lets others make up for it', () => {
    for (const order of ['ab', 'ba']) {
      const policy = fairSharePolicy({});
      const alone = job('a', 0);
      policy.arrived(alone, []);
      policy.served(alone, 100_000);
      const [first, second] = [job(order.charAt(0), 1), job(order.charAt(1), 2)] as const;
      expect([...share(policy, first, second, 100).values()]).toEqual([50, 50]);
    }
  });

  it('shares evenly, by weight, after an idle time, whatever each client had when it was alone', () => {
    const past = fc.array(
      fc.record({ client: fc.constantFrom('a', 'b', 'c'), tokens: fc.integer({ min: 1, max: 9999 }) }),
    );
    fc.assert(
      fc.property(past, fc.constantFrom('ab', 'ba'), fc.integer({ min: 1, max: 4 }), (turns, order, weight) => {
        const policy = fairSharePolicy({ b: weight });
        for (const [arrival, { client, tokens }] of turns.entries()) {
          const alone = job(client, arrival);
          policy.arrived(alone, []);
          policy.served(alone, tokens);
        }
        const [first, second] = [job(order.charAt(0), turns.length), job(order.charAt(1), turns.length + 1)] as const;
        const served = share(policy, first, second, 100 * (1 + weight));
        const ofB = served.get(order === 'ab' ? second : first) ?? 0;
        expect(Math.abs(ofB - 100 * weight)).toBeLessThanOrEqual(weight);
      }),
    );
  });
});
