import { setImmediate as nextTurn } from 'node:timers/promises';
import { TurnTaker } from '@ferrum/registry/concurrency';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Raster, type Region, resample } from './resample.js';
import { resampleFilters } from './resample-filter.js';

const turns = new TurnTaker();
const side = fc.integer({ min: 1, max: 40 });
const size = fc.record({ width: side, height: side });
const filter = fc.constantFrom(...resampleFilters);
const picture: fc.Arbitrary<Raster> = size.chain(({ width, height }) =>
  fc
    .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
    .map((pixels) => ({ width, height, pixels })),
);

function whole({ width, height }: { width: number; height: number }): Region {
  return { left: 0, top: 0, width, height };
}

// Pixels are compared with Pillow's in preprocess-image.test.ts.
describe('resample', () => {
  it('changes nothing where the size stays', async () => {
    await fc.assert(
      fc.asyncProperty(picture, filter, async (given, by) => {
        expect(await resample(given, given, by, whole(given), turns)).toEqual(given);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps one colour one colour', async () => {
    await fc.assert(
      fc.asyncProperty(size, size, filter, fc.integer({ min: 0, max: 255 }), async (from, to, by, value) => {
        const given = { ...from, pixels: new Uint8Array(from.width * from.height * 3).fill(value) };
        const { pixels } = await resample(given, to, by, whole(to), turns);
        expect(pixels).toEqual(new Uint8Array(to.width * to.height * 3).fill(value));
      }),
      { numRuns: 100 },
    );
  });

  it('gives of a region what the whole has there', async () => {
    await fc.assert(
      fc.asyncProperty(picture, size, filter, fc.infiniteStream(fc.nat()), async (given, to, by, numbers) => {
        const next = (limit: number) => (numbers.next().value as number) % limit;
        const left = next(to.width);
        const top = next(to.height);
        const region = { left, top, width: 1 + next(to.width - left), height: 1 + next(to.height - top) };
        const all = await resample(given, to, by, whole(to), turns);
        const part = await resample(given, to, by, region, turns);
        for (let y = 0; y < region.height; y++) {
          const start = ((top + y) * to.width + left) * 3;
          const row = part.pixels.subarray(y * region.width * 3, (y + 1) * region.width * 3);
          expect(row).toEqual(all.pixels.subarray(start, start + region.width * 3));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('lets the event loop turn during a large picture', async () => {
    const large = { width: 3000, height: 3000, pixels: new Uint8Array(27_000_000) };
    let isDone = false;
    let turned = 0;
    const work = resample(large, { width: 384, height: 384 }, 'lanczos', whole({ width: 384, height: 384 }), turns);
    void work.finally(() => {
      isDone = true;
    });
    for (; !isDone; turned++) await nextTurn();
    expect(turned).toBeGreaterThan(3);
  });

  it('ends with Cancelled where the signal fires in between', async () => {
    const large = { width: 3000, height: 3000, pixels: new Uint8Array(27_000_000) };
    const controller = new AbortController();
    const taker = new TurnTaker({ signal: controller.signal });
    const work = resample(large, { width: 384, height: 384 }, 'lanczos', whole({ width: 384, height: 384 }), taker);
    controller.abort();
    await expect(work).rejects.toMatchObject({ code: 'Cancelled' });
  });
});
