import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scalesOf } from './kv-scales.js';

describe('scalesOf', () => {
  it('lets 127 steps of each channel reach a little beyond its largest magnitude', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 4 }),
        fc.infiniteStream(fc.float({ min: -50, max: 50, noNaN: true })),
        (rows, tokens, headDim, values) => {
          const data = Float32Array.from({ length: rows * tokens * headDim }, () => values.next().value);
          const scales = scalesOf(data, tokens, headDim);
          expect(scales).toHaveLength(rows * headDim);
          for (let row = 0; row < rows; row++) {
            for (let channel = 0; channel < headDim; channel++) {
              const largest = Math.max(
                ...Array.from({ length: tokens }, (_, token) =>
                  Math.abs(data[(row * tokens + token) * headDim + channel] as number),
                ),
              );
              const reach = 127 * (scales[row * headDim + channel] as number);
              expect(reach).toBeGreaterThan(0);
              if (largest > 1e-3) expect(reach / largest).toBeCloseTo(1.1, 3);
            }
          }
        },
      ),
    );
  });
});
