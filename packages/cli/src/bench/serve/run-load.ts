import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { poissonArrivals } from './arrivals.js';
import type { ClientTurn } from './client-turn.js';
import type { Outcome } from './outcome.js';

/** How requests come. */
export type Load =
  /** So many clients, each of which sends its next request when the last is done. */
  | { readonly type: 'closed'; readonly concurrency: number }
  /** A Poisson process that waits for nobody. */
  | { readonly type: 'open'; readonly ratePerSecond: number };

/** When no further request is sent. What is under way is read to its end. */
export type Extent = { readonly requests: number } | { readonly durationMs: number };

export interface LoadRun {
  readonly outcomes: readonly Outcome[];
  /** From the first request to the last answer. */
  readonly elapsedMs: number;
}

export interface LoadOptions {
  readonly load: Load;
  readonly extent: Extent;
  readonly turn: ClientTurn;
  readonly random: RandomGenerator;
  readonly signal: AbortSignal;
}

/** Never rejects: the signal ends it early, and what was seen until then is the result. */
export async function runLoad({ load, extent, turn, random, signal }: LoadOptions): Promise<LoadRun> {
  const startMs = performance.now();
  const outcomes: Outcome[] = [];
  const take = async (intendedMs: number): Promise<Outcome> => {
    const outcome = await turn(intendedMs);
    if (outcome.type !== 'interrupted') outcomes.push(outcome);
    return outcome;
  };
  const limit = limitOf(extent);
  if (load.type === 'closed') await runClosed(load.concurrency, limit, take, signal);
  else await runOpen(poissonArrivals(load.ratePerSecond, random), limit, take, signal);
  return { outcomes, elapsedMs: performance.now() - startMs };
}

interface Limit {
  readonly requests: number;
  readonly durationMs: number;
}

function limitOf(extent: Extent): Limit {
  return { requests: Number.POSITIVE_INFINITY, durationMs: Number.POSITIVE_INFINITY, ...extent };
}

type Take = (intendedMs: number) => Promise<Outcome>;

async function runClosed(concurrency: number, limit: Limit, take: Take, signal: AbortSignal): Promise<void> {
  const endMs = performance.now() + limit.durationMs;
  let sent = 0;
  const client = async () => {
    while (!signal.aborted && sent < limit.requests && performance.now() < endMs) {
      sent += 1;
      const pauseMs = Math.min(pauseAfterMs(await take(performance.now())), endMs - performance.now());
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, limit.requests) }, client));
}

async function runOpen(
  arrivals: Iterator<number, never>,
  limit: Limit,
  take: Take,
  signal: AbortSignal,
): Promise<void> {
  const startMs = performance.now();
  const underWay: Promise<unknown>[] = [];
  for (let sent = 0; sent < limit.requests; sent++) {
    const arrivalMs = arrivals.next().value;
    if (arrivalMs >= limit.durationMs) break;
    const waitMs = startMs + arrivalMs - performance.now();
    // Also what is late lets answers be read between two requests.
    if (waitMs > 0) await sleep(Math.ceil(waitMs), undefined, { signal }).catch(() => {});
    else await nextTurn();
    if (signal.aborted) break;
    underWay.push(take(startMs + arrivalMs));
  }
  await Promise.all(underWay);
}

/** Longest that a client obeys a Retry-After, in seconds. */
const longestPauseSeconds = 60;

/** A client that was told to come back later does; one that found no server does not try again at once. */
function pauseAfterMs(outcome: Outcome): number {
  if (outcome.type === 'refused') return 1000 * Math.min(outcome.retryAfterSeconds, longestPauseSeconds);
  return outcome.type === 'failed' && !outcome.trace?.pieceMs.length ? 100 : 0;
}
