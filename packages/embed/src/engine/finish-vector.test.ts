import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { finishVector } from './finish-vector.js';

const numbers = fc
  .float32Array({ minLength: 1, maxLength: 40, noNaN: true, noDefaultInfinity: true })
  .filter((values) => values.some((value) => Math.abs(value) > 1e-3 && Math.abs(value) < 1e18));
const float = { normalizes: false, encoding: 'float' } as const;

function lengthOf(values: Float32Array): number {
  return Math.hypot(...values);
}

describe('a vector as floats', () => {
  it('stays as it is where the model does not normalise', () => {
    expect(finishVector(Float32Array.of(3, 4), float)).toEqual(Float32Array.of(3, 4));
    expect(finishVector(Float32Array.of(3, 4), { ...float, dimensions: 2 })).toEqual(Float32Array.of(3, 4));
  });

  it('is brought to length 1 where the model normalises', () => {
    expect(finishVector(Float32Array.of(3, 4), { ...float, normalizes: true })).toEqual(Float32Array.of(0.6, 0.8));
  });

  it.each([true, false])('is cut and then brought to length 1 (model normalises: %s)', (normalizes) => {
    const cut = finishVector(Float32Array.of(3, 4, 12), { ...float, normalizes, dimensions: 2 });
    expect(cut).toEqual(Float32Array.of(0.6, 0.8));
    expect(cut.buffer.byteLength).toBe(8);
  });

  it('has length 1 and its direction, whatever it was', () => {
    fc.assert(
      fc.property(numbers, (given) => {
        const finished = finishVector(given.slice(), { ...float, normalizes: true });
        expect(lengthOf(finished)).toBeCloseTo(1, 5);
        const scale = lengthOf(given);
        for (const [i, value] of finished.entries()) expect(value).toBeCloseTo((given[i] as number) / scale, 5);
      }),
    );
  });

  it('of zeros stays zeros', () => {
    expect(finishVector(new Float32Array(3), { ...float, normalizes: true })).toEqual(new Float32Array(3));
    expect(finishVector(Float32Array.of(0, 0, 1), { ...float, dimensions: 2 })).toEqual(new Float32Array(2));
  });
});

describe('a vector in 8 bits', () => {
  // np.rint(v * 127 / np.abs(v).max())
  it.each([
    { values: [-0.61, -0.07, 1.35, -0.4], expected: [-57, -7, 127, -38] },
    { values: [0.19, -0.02, 0.61, -0.36, -0.15, 0.24], expected: [40, -4, 127, -75, -31, 50] },
    { values: [0, 0, 0], expected: [0, 0, 0] },
    { values: [-1e-30, 5e-31], expected: [-127, 64] },
  ])('is $expected of $values', ({ values, expected }) => {
    const finished = finishVector(Float32Array.from(values), { normalizes: false, encoding: 'int8' });
    expect(finished).toEqual(Int8Array.from(expected));
  });

  it('keeps the direction, and fills the range', () => {
    fc.assert(
      fc.property(numbers, (given) => {
        const finished = finishVector(given.slice(), { normalizes: true, encoding: 'int8' });
        const largest = Math.max(...given.map(Math.abs));
        expect(Math.max(...finished.map(Math.abs))).toBe(127);
        for (const [i, value] of finished.entries()) {
          expect(Math.abs(value - ((given[i] as number) * 127) / largest)).toBeLessThanOrEqual(0.501);
        }
      }),
    );
  });
});

describe('a vector in bits', () => {
  // np.packbits(np.array(values) > 0)
  it.each([
    { values: [-0.8], expected: [0] },
    { values: [-1.32, -0.25, 0.42, 1.14, 0.11, -0.55, -0.78], expected: [56] },
    { values: [0.75, 1.63, 0.27, -1.23, -0.96, 1.6, 0.2, -1.73], expected: [230] },
    { values: [-0.08, -1.16, 0, -0.49, -0.71, -0, -0.06, -0.59, 0.41], expected: [0, 128] },
    {
      values: [0.83, -1.64, 0, -0.98, -0.17, -0, 0.02, -0.04, -0.3, -1.05, -0.4, -1.09, -1.36, 0.22, -1.11, 1.17],
      expected: [130, 5],
    },
    {
      values: [
        0.72, -2, 0, -1.1, 0.03, -0, -1.99, -0.23, -0.26, 0.96, -1.18, 0.74, -1.1, -0.33, -0.84, 1.45, 0.57, 2.43, 0.64,
        0.84, 0.84,
      ],
      expected: [136, 81, 248],
    },
  ])('is $expected of $values', ({ values, expected }) => {
    const finished = finishVector(Float32Array.from(values), { normalizes: true, encoding: 'binary' });
    expect(finished).toEqual(Uint8Array.from(expected));
  });

  it('is of what is left after the cut', () => {
    const values = Float32Array.from({ length: 16 }, () => 1);
    const finished = finishVector(values, { normalizes: false, dimensions: 9, encoding: 'binary' });
    expect(finished).toEqual(Uint8Array.of(0xff, 0x80));
  });
});
