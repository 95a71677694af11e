import type { Policy } from './policy.js';

/**
 * `fair-share`: the client that was served least goes first, its tokens divided by its weight; within a client the more
 * urgent, then the first to come. The virtual token counter of Sheng et al. 2024: a client that comes back starts level
 * with the least served of those that are here, or, when nobody is, with the last that was: so that nobody saves up a claim
 * by staying away, and nobody who was served alone owes for it.
 */
export function fairSharePolicy(weights: Readonly<Record<string, number>>): Policy {
  const counters = new Map<string, number>();
  /** Counter of the client that was served last: of those that have left, the one that left last. */
  let latest = 0;
  const served = (client: string) => counters.get(client) ?? 0;
  return {
    compare: (a, b) => served(a.client) - served(b.client) || b.priority - a.priority || a.arrival - b.arrival,
    outranks: () => false,
    served: (item, tokens) => {
      const weight = Object.hasOwn(weights, item.client) ? (weights[item.client] as number) : 1;
      latest = served(item.client) + tokens / weight;
      counters.set(item.client, latest);
    },
    arrived: (item, others) => {
      let least = Number.POSITIVE_INFINITY;
      const present = new Set<string>();
      for (const other of others) {
        present.add(other.client);
        least = Math.min(least, served(other.client));
      }
      if (present.has(item.client)) return;
      // Those who are gone are forgotten some time, or the map would grow with every client that ever was.
      if (counters.size >= rememberedClients) {
        for (const client of counters.keys()) if (!present.has(client)) counters.delete(client);
      }
      counters.set(item.client, Math.max(served(item.client), Number.isFinite(least) ? least : latest));
    },
  };
}

const rememberedClients = 10_000;
