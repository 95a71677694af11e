import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mixedLengths } from '../testing/mixed-lengths.js';
import { type BatchLimits, type BatchRange, planBatches } from './plan-batches.js';

const corpusFile = new URL('../../../../../shared/bench/embed-corpus.mjs', import.meta.url);

const ascending = (lengths: readonly number[]) => [...lengths].sort((a, b) => a - b);
const lengths = (maxLength: number) =>
  fc.array(fc.integer({ min: 1, max: 60 }), { maxLength }).map((values) => ascending(values));
const limits: fc.Arbitrary<BatchLimits> = fc.record({
  maxTokens: fc.integer({ min: 1, max: 200 }),
  overheadTokens: fc.integer({ min: 0, max: 40 }),
});

/** What a batch computes: every sequence as long as its longest. */
function paddedTokens(batch: readonly number[]): number {
  return batch.length * Math.max(...batch);
}

function batchesOf(all: readonly number[], ranges: readonly BatchRange[]): number[][] {
  return ranges.map(({ start, end }) => all.slice(start, end));
}

function totalCost(batches: readonly (readonly number[])[], overheadTokens: number): number {
  return batches.reduce((sum, batch) => sum + paddedTokens(batch) + overheadTokens, 0);
}

function isAllowed(batch: readonly number[], maxTokens: number): boolean {
  return batch.length === 1 || paddedTokens(batch) <= maxTokens;
}

/** Every way to put the values into groups, whatever their order. */
function* partitions(values: readonly number[]): Generator<number[][]> {
  const [first, ...rest] = values;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const groups of partitions(rest)) {
    yield [[first], ...groups];
    for (let i = 0; i < groups.length; i++) yield groups.map((group, at) => (at === i ? [first, ...group] : group));
  }
}

function paddingShare(all: readonly number[], limitsOfRun: BatchLimits): number {
  const sorted = ascending(all);
  const batches = batchesOf(sorted, planBatches(sorted, limitsOfRun));
  const padded = batches.reduce((sum, batch) => sum + paddedTokens(batch), 0);
  const tokens = all.reduce((sum, length) => sum + length, 0);
  return (padded - tokens) / padded;
}

describe('planBatches', () => {
  it('puts every sequence into one batch, in order', () => {
    fc.assert(
      fc.property(lengths(300), limits, (given, limited) => {
        const ranges = planBatches(given, limited);
        const places = ranges.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));
        expect(places).toEqual(given.map((_, i) => i));
        expect(ranges.every(({ start, end }) => start < end)).toBe(true);
      }),
    );
  });

  it('makes no batch of more than maxTokens, padding included, but of a sequence that is longer itself', () => {
    fc.assert(
      fc.property(lengths(300), limits, (given, limited) => {
        const batches = batchesOf(given, planBatches(given, limited));
        expect(batches.filter((batch) => !isAllowed(batch, limited.maxTokens))).toEqual([]);
      }),
    );
  });

  it('costs no more than any grouping, contiguous or not', () => {
    fc.assert(
      fc.property(lengths(7), limits, (given, limited) => {
        const { maxTokens, overheadTokens } = limited;
        const planned = totalCost(batchesOf(given, planBatches(given, limited)), overheadTokens);
        let least = Number.POSITIVE_INFINITY;
        for (const groups of partitions(given)) {
          if (!groups.every((group) => isAllowed(group, maxTokens))) continue;
          least = Math.min(least, totalCost(groups, overheadTokens));
        }
        expect(planned).toBe(least);
      }),
    );
  });

  it.each<[string, readonly number[], BatchLimits, readonly BatchRange[]]>([
    ['nothing of nothing', [], { maxTokens: 10, overheadTokens: 1 }, []],
    [
      'one batch where padding is cheaper than a run',
      [1, 2, 3],
      { maxTokens: 9, overheadTokens: 4 },
      [{ start: 0, end: 3 }],
    ],
    [
      'a batch for each length where a run costs nothing',
      [1, 1, 2],
      { maxTokens: 100, overheadTokens: 0 },
      [
        { start: 0, end: 2 },
        { start: 2, end: 3 },
      ],
    ],
    [
      'the larger of two batches that cost the same',
      [1, 2],
      { maxTokens: 9, overheadTokens: 1 },
      [{ start: 0, end: 2 }],
    ],
    [
      'full batches of one length, what is left over last',
      [4, 4, 4, 4, 4],
      { maxTokens: 8, overheadTokens: 1 },
      [
        { start: 0, end: 2 },
        { start: 2, end: 4 },
        { start: 4, end: 5 },
      ],
    ],
    ['a batch of its own of what is too long', [50], { maxTokens: 9, overheadTokens: 1 }, [{ start: 0, end: 1 }]],
  ])('makes %s', (_name, given, limited, expected) => {
    expect(planBatches(given, limited)).toEqual(expected);
  });

  it('pads the mixed texts of the benchmark by less than 10 %', () => {
    expect(paddingShare(mixedLengths, { maxTokens: 2048, overheadTokens: 16 })).toBeLessThan(0.1);
  });

  it.skipIf(!existsSync(corpusFile))('is tested with the lengths of the benchmark (needs ../shared)', async () => {
    const { corpus } = (await import(corpusFile.href)) as { corpus: () => { mixed: string[] } };
    // Every word is one token; [CLS] and [SEP] go around them.
    expect(mixedLengths).toEqual(corpus().mixed.map((text) => text.split(' ').length + 2));
  });
});
