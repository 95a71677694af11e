import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expected } from '../testing/stand-in-voices.js';
import { derivedSeed, GaussianNoise } from './gaussian-noise.js';

const noise = (seed: number, length: number): Float32Array => new GaussianNoise(seed).fill(new Float32Array(length));
const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('noise', () => {
  it.each(expected.noise)('of seed $seed is what the published algorithms give', ({ seed, values }) => {
    const found = noise(seed, values.length);
    for (const [index, value] of values.entries()) expect(found[index]).toBeCloseTo(value, 6);
  });

  it.each([0, 1, 2, 12345, 2 ** 32, 2 ** 53 - 1])('of seed %i is normal', (seed) => {
    const count = 200_000;
    const values = noise(seed, count);
    // Five standard errors of each: 1, √2, √6 and √96 over the root of the count.
    const bound = (deviation: number) => (5 * deviation) / Math.sqrt(count);
    const moment = (power: number) => mean(values.map((value) => value ** power));
    expect(Math.abs(mean(values))).toBeLessThan(bound(1));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(bound(Math.sqrt(2)));
    expect(Math.abs(moment(3))).toBeLessThan(bound(Math.sqrt(15)));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(bound(Math.sqrt(96)));
    const neighbours = mean(values.slice(1).map((value, index) => value * (values[index] as number)));
    expect(Math.abs(neighbours)).toBeLessThan(bound(1));
    // 1 of 741 lies beyond three standard deviations on either side.
    const far = values.filter((value) => Math.abs(value) > 3).length / count;
    expect(far).toBeGreaterThan(0.002);
    expect(far).toBeLessThan(0.0034);
  });

  it('is the same however it is asked for', () => {
    const source = new GaussianNoise(7);
    const pieces = [3, 1, 4, 1].flatMap((length) => [...source.fill(new Float32Array(length))]);
    expect(pieces).toEqual([...noise(7, 9)]);
  });

  it('of neighbouring seeds is not alike', () => {
    const one = noise(5, 10_000);
    const other = noise(6, 10_000);
    expect(Math.abs(mean(one.map((value, index) => value * (other[index] as number))))).toBeLessThan(0.05);
  });
});

describe('seeds of the stretches of speech', () => {
  const seeds = fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 1, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1));

  it('are integers that a seed may be', () => {
    fc.assert(
      fc.property(seeds, fc.nat(1e6), (seed, index) => {
        const derived = derivedSeed(seed, index);
        expect(Number.isSafeInteger(derived) && derived >= 0).toBe(true);
      }),
    );
  });

  it('differ within a text, and between texts of different seeds', () => {
    fc.assert(
      fc.property(seeds, seeds, fc.nat(1e6), fc.nat(1e6), (seed, other, index, further) => {
        if (index !== further) expect(derivedSeed(seed, index)).not.toBe(derivedSeed(seed, further));
        if (seed !== other) expect(derivedSeed(seed, index)).not.toBe(derivedSeed(other, index));
      }),
    );
  });

  it.each([0, 1, 60, 1000])('differ for neighbouring seeds, at stretch %i', (index) => {
    for (const seed of [0, 1, 41, 2 ** 53 - 2]) {
      expect(derivedSeed(seed, index)).not.toBe(derivedSeed(seed + 1, index));
    }
    expect(derivedSeed(0, index)).not.toBe(derivedSeed(2 ** 53 - 1, index));
  });

  it('give different noise, all along a book', () => {
    const firsts = new Set(Array.from({ length: 5000 }, (_, index) => noise(derivedSeed(42, index), 2).join()));
    expect(firsts.size).toBe(5000);
  });
});
