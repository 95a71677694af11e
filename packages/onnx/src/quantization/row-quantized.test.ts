import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hadamardMatrix, rotateBlocks } from './hadamard.js';
import { quantizeRowsInt8 } from './row-quantized.js';

const rowsOf = (columns: number) =>
  fc
    .array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: columns, maxLength: 3 * columns })
    .map((values) => Float32Array.from(values.slice(0, values.length - (values.length % columns))));

describe('quantizeRowsInt8', () => {
  it('rounds each weight within half a step of its row', () => {
    fc.assert(
      fc.property(rowsOf(16), (values) => {
        const { quants, scales } = quantizeRowsInt8(values, 16);
        for (const [row, scale] of scales.entries()) {
          const weights = values.subarray(row * 16, row * 16 + 16);
          const step = Math.max(...weights.map(Math.abs)) / 127;
          for (const [i, weight] of weights.entries()) {
            expect(Math.abs(scale * quants[row * 16 + i]! - weight)).toBeLessThanOrEqual(step * 0.5001 + 1e-30);
          }
        }
      }),
    );
  });
});

describe('the Hadamard rotation', () => {
  it.each([1, 2, 8, 64])('is orthogonal, symmetric and flat at size %i', (size) => {
    const matrix = hadamardMatrix(size);
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        expect(Math.abs(matrix[row * size + column]!)).toBeCloseTo(1 / Math.sqrt(size), 6);
        expect(matrix[row * size + column]).toBe(matrix[column * size + row]);
        let product = 0;
        for (let k = 0; k < size; k++) product += matrix[row * size + k]! * matrix[column * size + k]!;
        expect(product).toBeCloseTo(row === column ? 1 : 0, 5);
      }
    }
  });

  it('is that matrix, block by block', () => {
    fc.assert(
      fc.property(rowsOf(8), (values) => {
        const rotated = values.slice();
        rotateBlocks(rotated, 8);
        const matrix = hadamardMatrix(8);
        for (const [i, value] of rotated.entries()) {
          let expected = 0;
          for (let k = 0; k < 8; k++) expected += values[i - (i % 8) + k]! * matrix[k * 8 + (i % 8)]!;
          expect(Math.abs(value - expected)).toBeLessThan(1e-5);
        }
      }),
    );
  });
});
