import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exponential, negligible } from './exponential.js';

describe('exponential', () => {
  it('is e^x to 2e-14', () => {
    fc.assert(
      fc.property(fc.double({ min: -negligible, max: 0, noNaN: true }), (x) => {
        expect(Math.abs(exponential(x) / Math.exp(x) - 1)).toBeLessThan(2e-14);
      }),
      { numRuns: 2000 },
    );
    expect(exponential(0)).toBe(1);
  });
});
