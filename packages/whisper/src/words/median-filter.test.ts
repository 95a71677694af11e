import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { medianFilter } from './median-filter.js';
import { fixture, unpack } from './testing/fixture.js';

describe('the median filter', () => {
  it('gives what scipy gives, and leaves short rows alone', () => {
    for (const { row, median } of fixture.medians) expect(filter(unpack(row))).toEqual(unpack(median));
  });

  it('gives the middle of the seven values when sorted', () => {
    const value = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 7, maxLength: 40 }), (values) => {
        const row = Float32Array.from(values);
        const found = filter(row);
        for (let index = 3; index < row.length - 3; index++) {
          expect(found[index]).toBeCloseTo(row.slice(index - 3, index + 4).sort()[3] ?? Number.NaN, 10);
        }
      }),
      { numRuns: 200 },
    );
  });
});

function filter(row: Float32Array): Float32Array {
  const target = new Float32Array(row.length);
  medianFilter(row, target);
  return target;
}
