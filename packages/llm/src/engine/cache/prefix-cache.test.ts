import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PrefixCache } from './prefix-cache.js';

const blockSize = 2;
const make = (maxBlocks: number) =>
  new PrefixCache({
    blockSize,
    blockBytes: 8,
    maxBytes: 8 * maxBlocks,
    allocate: (tokens) => new Float32Array(tokens),
  });
/** A block's data say which tokens it was read for. */
const keep = (cache: PrefixCache, tokens: readonly number[], salt = '') =>
  cache.store(
    tokens,
    tokens.length,
    salt,
    async (run) => void run.data.set(tokens.slice(run.from, run.from + run.tokens), run.place.token),
  );
const found = (cache: PrefixCache, tokens: readonly number[], salt = '') =>
  cache
    .match(tokens, salt)
    .flatMap(({ data, place, tokens: count }) => [...data.subarray(place.token, place.token + count)]);

describe('PrefixCache', () => {
  it('shares blocks before another image and those of the same one, never those from another on', async () => {
    const cache = make(20);
    const tokens = [1, 1, 1, 9, 9, 9, 1, 1, 1, 1, 1, 1];
    const seen = (digest: string) => [{ digest, positions: [3, 4, 5] }];
    const count = (images: ReturnType<typeof seen>) =>
      cache.match(tokens, '', { images }).reduce((sum, run) => sum + run.tokens, 0);
    await cache.store(tokens, tokens.length, '', async () => {}, seen('a cat'));
    expect(count(seen('a cat'))).toBe(10);
    expect(count(seen('a dog'))).toBe(2);
    expect(count([])).toBe(2);
    expect(count([{ digest: 'a cat', positions: [4, 5] }])).toBe(2);
  });

  it('gives back whole blocks of what was stored under the same salt, and nothing else', async () => {
    const text = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(text, fc.constantFrom('', 'a')), { minLength: 1, maxLength: 8 }),
        text,
        fc.constantFrom('', 'a'),
        fc.integer({ min: 1, max: 40 }),
        async (stored, asked, salt, maxBlocks) => {
          const cache = make(maxBlocks);
          for (const [tokens, theirs] of stored) await keep(cache, tokens, theirs);
          const got = found(cache, asked, salt);
          expect(got).toEqual(asked.slice(0, got.length));
          const shared = stored
            .filter(([, theirs]) => theirs === salt)
            .map(([tokens]) => {
              let same = 0;
              while (same < tokens.length && same < asked.length && tokens[same] === asked[same]) same += 1;
              return Math.floor(Math.min(same, asked.length - 2) / blockSize) * blockSize;
            });
          const most = Math.max(0, ...shared);
          expect(got.length).toBeLessThanOrEqual(most);
          // Nothing was dropped, so nothing is missing.
          if (cache.evictions === 0 && stored.every(([tokens]) => tokens.length / blockSize <= maxBlocks)) {
            expect(got.length).toBe(most);
          }
          expect(cache.bytes).toBeLessThanOrEqual(8 * maxBlocks);
        },
      ),
    );
  });

  it('drops the ends of what was not used for longest first', async () => {
    const cache = make(4);
    await keep(cache, [1, 1, 2, 2]);
    await keep(cache, [3, 3, 4, 4]);
    expect(found(cache, [1, 1, 2, 2, 9, 9])).toEqual([1, 1, 2, 2]);
    await keep(cache, [5, 5]);
    expect(found(cache, [3, 3, 4, 4, 9, 9])).toEqual([3, 3]);
    expect(found(cache, [1, 1, 2, 2, 9, 9])).toEqual([1, 1, 2, 2]);
    expect(cache.evictions).toBe(1);
  });

  it('keeps the beginning of a prefix longer than itself', async () => {
    const cache = make(2);
    await keep(cache, [1, 1, 2, 2, 3, 3, 4, 4]);
    expect(found(cache, [1, 1, 2, 2, 3, 3, 4, 4])).toEqual([1, 1, 2, 2]);
  });

  it('shrinks at once when its budget does, and is off at none', async () => {
    const cache = make(40);
    const long = Array.from({ length: 80 }, (_, i) => i);
    await keep(cache, long);
    expect(cache.bytes).toBe(8 * 40);
    cache.maxBytes = 8 * 60;
    expect(found(cache, [...long, 1, 2])).toEqual(long);
    cache.maxBytes = 8 * 35;
    expect(cache.bytes).toBeLessThanOrEqual(8 * 35);
    await keep(cache, long);
    expect(found(cache, [...long, 1, 2])).toEqual(long.slice(0, 70));
    cache.maxBytes = 0;
    expect([cache.enabled, cache.bytes, found(cache, long)]).toEqual([false, 0, []]);
  });

  it('hands blocks that were stored together back in one piece', async () => {
    const cache = make(40);
    const long = Array.from({ length: 40 }, (_, i) => i);
    await keep(cache, long);
    expect(cache.match([...long, 1, 2], '')).toMatchObject([{ from: 0, tokens: 40 }]);
  });

  it('does with what memory the machine has', async () => {
    let left = 3;
    const cache = new PrefixCache({
      blockSize,
      blockBytes: 8,
      maxBytes: 8,
      allocate: (tokens) => {
        if (left-- <= 2) throw new RangeError('Array buffer allocation failed');
        return new Float32Array(tokens);
      },
    });
    await keep(cache, [1, 1]);
    await keep(cache, [2, 2]);
    expect(found(cache, [2, 2, 3, 3])).toEqual([2, 2]);
  });
});
