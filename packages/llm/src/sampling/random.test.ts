import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from './random.js';

describe('Random', () => {
  it('is uniform in [0, 1): mean, variance and lag-1 correlation', () => {
    const random = new Random(42);
    const values = Float64Array.from({ length: 100_000 }, () => random.next());
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    let lag = 0;
    for (let i = 1; i < values.length; i++) lag += (values[i]! - mean) * (values[i - 1]! - mean);
    expect(mean).toBeCloseTo(0.5, 2);
    expect(variance).toBeCloseTo(1 / 12, 2);
    expect(Math.abs(lag / values.length / variance)).toBeLessThan(0.02);
  });

  it('starts differently for every seed, neighbours and zero included', () => {
    const firsts = new Set(
      [0, 1, 2, 3, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER].map((seed) => new Random(seed).next()),
    );
    expect(firsts.size).toBe(7);
  });

  it('goes on from its state, and refuses what is none', () => {
    const random = new Random(9);
    for (let i = 0; i < 5; i++) random.next();
    const other = new Random(1);
    expect(other.restore(JSON.parse(JSON.stringify(random.state())))).toBe(true);
    expect(Array.from({ length: 20 }, () => other.next())).toEqual(Array.from({ length: 20 }, () => random.next()));
    for (const bad of [[], [0, 0, 0, 0], [1, 2, 3, -1], [1, 2, 3, 2 ** 32], [1, 2, 3, '4'], [1, 2, 3, 4.5]]) {
      expect(other.restore(bad)).toBe(false);
    }
  });

  it('goes on from any of its states as the generator that it was taken from', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), fc.nat(50), (seed, otherSeed, steps) => {
        const random = new Random(seed);
        for (let i = 0; i < steps; i++) random.next();
        const state = random.state();
        const other = new Random(otherSeed);
        expect(other.restore(state)).toBe(true);
        expect(other.state()).toEqual(state);
        for (let i = 0; i < 10; i++) expect(other.next()).toBe(random.next());
        expect(other.state()).toEqual(random.state());
      }),
    );
  });
});
