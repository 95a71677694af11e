import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PrefixCache } from './prefix-cache.js';

const blockSize = 2;
const make = (maxBlocks: number) => new PrefixCache({ blockSize, blockBytes: 8, maxBytes: 8 * maxBlocks });
/** A block's data say which tokens it was read for. */
const keep = (cache: PrefixCache, tokens: readonly number[], salt = '') =>
  cache.store(
    tokens,
    tokens.length,
    salt,
    async (from, target) => void target.set(tokens.slice(from, from + blockSize)),
    () => new Float32Array(blockSize),
  );
const found = (cache: PrefixCache, tokens: readonly number[], salt = '') =>
  cache.match(tokens, salt).flatMap(({ data }) => Array.from(data));

describe('PrefixCache', () => {
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
    const cache = make(4);
    await keep(cache, [1, 1, 2, 2, 3, 3]);
    cache.maxBytes = 16;
    expect(cache.bytes).toBeLessThanOrEqual(16);
    expect(found(cache, [1, 1, 2, 2, 3, 3, 4])).toEqual([1, 1, 2, 2]);
    cache.maxBytes = 0;
    expect([cache.enabled, cache.bytes, found(cache, [1, 1, 2, 2])]).toEqual([false, 0, []]);
  });
});
