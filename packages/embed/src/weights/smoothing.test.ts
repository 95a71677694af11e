import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divideColumns, smoothingFactors } from './smoothing.js';

describe('smoothing factors', () => {
  it('are the square roots of largest weight over largest input, over all the layers that read the inputs', () => {
    // Two layers: [2, 3] and [1, 3].
    const weights = [Float32Array.of(1, -2, 3, -4, 1, 0), Float32Array.of(-9, 1, 1)];
    const factors = smoothingFactors(weights, Float32Array.of(4, 8, 27));
    expect(Array.from(factors)).toEqual([Math.sqrt(9 / 4), Math.sqrt(2 / 8), Math.sqrt(3 / 27)].map(Math.fround));
  });

  it('are 1 where all weights or all inputs are 0', () => {
    const weights = [Float32Array.of(0, 3, 0), Float32Array.of(0, 12, 0)];
    // The input of the second column is 0 in the sample: it counts as an eighth of the mean.
    expect(Array.from(smoothingFactors(weights, Float32Array.of(72, 0, 0)))).toEqual([1, 2, 1]);
    expect(Array.from(smoothingFactors(weights, new Float32Array(3)))).toEqual([1, 1, 1]);
  });

  it('make the inputs and the weights of a column equally large', () => {
    const magnitude = fc.float({ min: Math.fround(1e-3), max: 1000, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(magnitude, magnitude), { minLength: 1, maxLength: 8 }), (columns) => {
        const weight = Float32Array.from(columns, ([value]) => value);
        const largest = Float32Array.from(columns, ([, value]) => value);
        const factors = smoothingFactors([weight], largest);
        const smoothed = divideColumns(weight, factors);
        const floor = largest.reduce((sum, value) => sum + value, 0) / largest.length / 8;
        for (const [i, value] of smoothed.entries()) {
          expect(value / (Math.max(largest[i] as number, floor) * (factors[i] as number))).toBeCloseTo(1, 4);
        }
      }),
    );
  });
});

describe('dividing the weights', () => {
  it('undoes the multiplication of the inputs', () => {
    const value = fc.double({ min: -100, max: 100, noNaN: true });
    const factor = fc.double({ min: 0.01, max: 100, noNaN: true });
    const column = fc.tuple(value, factor);
    fc.assert(
      fc.property(
        fc.array(column, { minLength: 1, maxLength: 10 }),
        fc.integer({ min: 1, max: 4 }),
        (columns, rows) => {
          const inputs = columns.map(([x]) => x);
          const factors = Float32Array.from(columns, ([, by]) => by);
          const weight = Float32Array.from({ length: rows * inputs.length }, (_, i) => ((i * 7) % 11) - 5);
          const divided = divideColumns(weight, factors);
          for (let row = 0; row < rows; row++) {
            const at = row * inputs.length;
            const plain = inputs.reduce((sum, x, i) => sum + x * (weight[at + i] as number), 0);
            const moved = inputs.reduce(
              (sum, x, i) => sum + x * (factors[i] as number) * (divided[at + i] as number),
              0,
            );
            expect(moved).toBeCloseTo(plain, 2);
          }
        },
      ),
    );
  });

  it('leaves the weights that it was given alone', () => {
    const weight = Float32Array.of(2, 4);
    expect(divideColumns(weight, Float32Array.of(2))).toEqual(Float32Array.of(1, 2));
    expect(weight).toEqual(Float32Array.of(2, 4));
  });
});
