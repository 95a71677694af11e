import { describe, expect, it } from 'vitest';
import { requireNumbers } from './require-numbers.js';

describe('the values of a vector', () => {
  it.each([[[]], [[0, -0]], [[1e-45, -3.4e38, 3.4e38, 3.4e38]]])('pass as they are when they are %j', (values) => {
    const vector = Float32Array.from(values);
    expect(requireNumbers(vector, 'the text')).toBe(vector);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'are refused with %f among them',
    (value) => {
      for (const values of [
        [value, 1, 2],
        [1, value, 2],
        [1, 2, value],
      ]) {
        expect(() => requireNumbers(Float32Array.from(values), 'texts[3]')).toThrow(
          expect.objectContaining({ code: 'Backend', message: expect.stringContaining('texts[3]') }),
        );
      }
    },
  );
});
