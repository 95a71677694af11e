import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { embedCorpus } from './embed-corpus.js';

const original = new URL('../../../../../shared/bench/embed-corpus.mjs', import.meta.url);

it.skipIf(!existsSync(original))('is the corpus of the benchmarks of other programs (needs ../shared)', async () => {
  const { corpus } = await import(original.href);
  const { short, long128, mixed } = corpus();
  expect(embedCorpus()).toEqual({ short, long: long128, mixed });
});

it('is the same everywhere', () => {
  const { short, long, mixed } = embedCorpus();
  const hash = createHash('sha256').update([...short, ...long, ...mixed].join('\n'));
  expect(hash.digest('hex')).toBe('02e7339efcad95c129f635d0401910ac764873bb170f982c95dd3fd632c59da7');
});

it('has texts of the lengths that it says', () => {
  const { short, long, mixed } = embedCorpus();
  const words = (texts: readonly string[]) => texts.map((text) => text.split(' ').length);
  expect([words(short), words(long)]).toEqual([Array(64).fill(14), Array(8).fill(126)]);
  const lengths = words(mixed).sort((a, b) => a - b);
  expect([lengths.length, lengths.at(-1)]).toEqual([256, 198]);
  expect(lengths[0]).toBeGreaterThanOrEqual(3);
});
