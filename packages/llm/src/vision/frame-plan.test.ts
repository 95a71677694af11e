import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { framesOf, planFrames } from './frame-plan.js';

describe('planFrames', () => {
  it.each([
    // Worked out with the image processor of transformers 5.24 at the settings of SmolVLM-256M.
    [{ width: 2400, height: 1600 }, true, { rows: 3, columns: 4 }],
    [{ width: 100, height: 100 }, true, { rows: 4, columns: 4 }],
    [{ width: 100, height: 30 }, true, { rows: 2, columns: 4 }],
    [{ width: 30, height: 1000 }, true, { rows: 4, columns: 1 }],
    [{ width: 2400, height: 1600 }, false, { rows: 0, columns: 0 }],
  ])('cuts %o (%s)', (image, splits, grid) => {
    expect(planFrames(image, 2048, 512, splits)).toMatchObject(grid);
  });

  it('sees as a whole only what fits a frame', () => {
    expect(planFrames({ width: 640, height: 480 }, 512, 512, true)).toMatchObject({ rows: 0, columns: 0 });
  });

  it('makes whole tiles of any image, and never more than the longest edge holds', () => {
    const edge = fc.integer({ min: 1, max: 65_535 });
    fc.assert(
      fc.property(
        edge,
        edge,
        fc.integer({ min: 1, max: 8192 }),
        fc.integer({ min: 8, max: 1024 }),
        (width, height, longest, frame) => {
          const plan = planFrames({ width, height }, longest, frame, true);
          const most = Math.ceil(Math.min(4096, longest + 1) / frame);
          for (const size of [plan.fitted.width, plan.fitted.height]) expect(size).toBeGreaterThan(0);
          expect(plan.tiled.width % frame).toBe(0);
          expect(plan.tiled.height % frame).toBe(0);
          expect(framesOf(plan)).toBeLessThanOrEqual((most + 1) ** 2 + 1);
        },
      ),
    );
  });
});
