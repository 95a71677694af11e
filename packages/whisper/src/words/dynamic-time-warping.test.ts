import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { warpingSteps } from './dynamic-time-warping.js';
import { finish, fixture, unpack } from './testing/fixture.js';

describe('dynamic time warping', () => {
  it("takes openai-whisper's path, also between equal costs", () => {
    for (const { matrix, rows, columns, path } of fixture.warpings) {
      const found = finish(warpingSteps(unpack(matrix), rows, columns));
      expect([[...found.rows], [...found.columns]]).toEqual(path);
    }
  });

  it('goes from the first cell to the last in steps of one, along the greatest sum', () => {
    const shape = fc.record({ rows: fc.integer({ min: 1, max: 5 }), columns: fc.integer({ min: 1, max: 5 }) });
    const matrices = shape.chain(({ rows, columns }) =>
      fc.record({
        rows: fc.constant(rows),
        columns: fc.constant(columns),
        values: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: rows * columns, maxLength: rows * columns }),
      }),
    );
    fc.assert(
      fc.property(matrices, ({ rows, columns, values: integers }) => {
        // Sums that are never equal.
        const values = integers.map((value, index) => value + Math.sin(index * 12.9898) / 3);
        const path = finish(warpingSteps(Float32Array.from(values), rows, columns));
        const cells = [...path.rows].map((row, step) => ({ row, column: path.columns[step] ?? -1 }));
        expect(cells[0]).toEqual({ row: 0, column: 0 });
        expect(cells.at(-1)).toEqual({ row: rows - 1, column: columns - 1 });
        for (const [step, { row, column }] of cells.slice(1).entries()) {
          const before = cells[step] ?? { row: -9, column: -9 };
          expect([row - before.row, column - before.column].join()).toMatch(/^(1,0|0,1|1,1)$/);
        }
        const sum = cells.reduce((total, { row, column }) => total + (values[row * columns + column] ?? 0), 0);
        expect(sum).toBeCloseTo(greatestSum(values, rows - 1, columns - 1, columns), 4);
      }),
      { numRuns: 100 },
    );
  });

  it('has no path through an empty matrix', () => {
    expect(finish(warpingSteps(new Float32Array(), 0, 5)).rows).toHaveLength(0);
    expect(finish(warpingSteps(new Float32Array(), 5, 0)).rows).toHaveLength(0);
  });
});

/** Of all paths to a cell, by trying each. */
function greatestSum(values: readonly number[], row: number, column: number, columns: number): number {
  const here = values[row * columns + column] ?? 0;
  if (row === 0 && column === 0) return here;
  if (row < 0 || column < 0) return Number.NEGATIVE_INFINITY;
  const before = [
    greatestSum(values, row - 1, column - 1, columns),
    greatestSum(values, row - 1, column, columns),
    greatestSum(values, row, column - 1, columns),
  ];
  return here + Math.max(...before);
}
