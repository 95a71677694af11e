import { FerrumError } from '@ferrum/registry/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argmax, finiteArgmax, indexOfLargest } from './argmax.js';
import { rows } from './testing/naive.js';

const [nan, infinite] = [Number.NaN, Number.POSITIVE_INFINITY];

describe('argmax', () => {
  it('is the first of the largest', () => {
    fc.assert(
      fc.property(rows, (row) => {
        const expected = row.indexOf(Math.max(...row));
        expect([argmax(row), finiteArgmax(row), indexOfLargest(row)]).toEqual([expected, expected, expected]);
      }),
    );
  });

  it('is never NaN nor −∞, and refuses a row of nothing else', () => {
    expect(argmax(Float32Array.of(nan, -1, -infinite, nan, nan))).toBe(1);
    expect(indexOfLargest(Float32Array.of(-infinite, nan))).toBe(-1);
    expect(() => argmax(Float32Array.of(nan, nan))).toThrow(FerrumError);
  });

  it.each([nan, infinite, -infinite])('refuses a row with %d in any place where all must be finite', (bad) => {
    for (let at = 0; at < 7; at++) {
      const row = new Float32Array(7);
      row[at] = bad;
      expect(() => finiteArgmax(row)).toThrow(FerrumError);
    }
    expect(() => finiteArgmax(new Float32Array(0))).toThrow(FerrumError);
  });
});
