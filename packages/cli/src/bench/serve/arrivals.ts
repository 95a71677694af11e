import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/**
 * When the requests of an open loop arrive, in ms since its start, without end: a Poisson process, whose gaps are
 * exponential (by inversion of their distribution).
 *
 * @param ratePerSecond Mean arrivals per second, above 0.
 */
export function* poissonArrivals(ratePerSecond: number, random: RandomGenerator): Generator<number, never> {
  const meanGapMs = 1000 / ratePerSecond;
  for (let arrivalMs = 0; ; ) {
    // 1 − u is never 0, whose logarithm is none.
    arrivalMs -= meanGapMs * Math.log(1 - uniformFloat64(random));
    yield arrivalMs;
  }
}
