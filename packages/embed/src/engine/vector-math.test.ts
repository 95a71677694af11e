import { describe, expect, it } from 'vitest';
import { cosine, normalize, sigmoid } from './vector-math.js';

describe('cosine', () => {
  it.each([
    { a: [1, 0], b: [0, 1], expected: 0 },
    { a: [1, 2], b: [10, 20], expected: 1 },
    { a: [1, 2], b: [-1, -2], expected: -1 },
    { a: [1, 0], b: [1, 1], expected: Math.SQRT1_2 },
    { a: [3, 4, 0], b: [4, 3, 0], expected: 0.96 },
  ])('of $a and $b is $expected', ({ a, b, expected }) => {
    expect(cosine(Float32Array.from(a), Float32Array.from(b))).toBeCloseTo(expected, 12);
  });

  it('is exact for values whose squares are no single-precision numbers', () => {
    expect(cosine(Float32Array.of(1e25, 0), Float32Array.of(1e25, 0))).toBe(1);
    expect(cosine(Float32Array.of(1e-30, 0), Float32Array.of(1e-30, 0))).toBe(1);
  });

  it('is no number where a vector has no direction', () => {
    expect(cosine(new Float32Array(2), Float32Array.of(1, 2))).toBeNaN();
  });
});

describe('normalize', () => {
  it.each([1e-40, 1e-30, 1, 1e30])('brings values of about %f to length 1', (scale) => {
    const values = Float32Array.of(3 * scale, 4 * scale);
    normalize(values);
    expect(values[0]).toBeCloseTo(0.6, 4);
    expect(values[1]).toBeCloseTo(0.8, 4);
  });
});

describe('sigmoid', () => {
  it.each([
    [0, 0.5],
    [2, 0.8807970779778823],
    [-2, 0.11920292202211755],
    [1000, 1],
    [-1000, 0],
  ])('of %d is %d', (x, expected) => {
    expect(sigmoid(x)).toBeCloseTo(expected, 15);
  });
});
