import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DecoderSession } from '../engine/decoder-session.js';
import {
  type Fixture,
  familyFixtures,
  familyGgufFixtures,
  ggufFixtures,
  hfFixtures,
  loadFamilyFixture,
  loadGgufFixture,
  loadHfFixture,
  longFixtures,
  shortFixtures,
} from '../fixtures/load-fixture.js';
import { importModel } from '../import/import-model.js';
import { openModelSource } from '../import/model-source.js';
import { correlation } from '../testing/correlation.js';
import type { WeightStorage } from '../weights/storage.js';

const signal = new AbortController().signal;
const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

async function open(
  location: string,
  storage: WeightStorage,
  prefillChunk = 128,
  engineContext?: number,
): Promise<DecoderSession> {
  const directory = await mkdtemp(path.join(tmpdir(), 'ferrum-decoder-'));
  folders.push(directory);
  await importModel(location, directory, storage, () => {}, undefined, engineContext);
  const source = await openModelSource(location, engineContext);
  await source.weights.close();
  const { contextLength } = source.config;
  return DecoderSession.open(directory, source.config, { threads: 1, contextLength, prefillChunk });
}

function largestDifference(actual: readonly Float32Array[], { logits }: Fixture): number {
  expect(actual).toHaveLength(logits.length);
  let largest = 0;
  for (const [row, expected] of logits.entries()) {
    for (const [i, value] of expected.entries()) largest = Math.max(largest, Math.abs(value - actual[row]![i]!));
  }
  return largest;
}

async function inChunks(session: DecoderSession, fixture: Fixture): Promise<Float32Array[]> {
  const rows: Float32Array[] = [];
  for await (const chunk of session.logitsOfEach(fixture.tokens, signal)) {
    const vocabulary = fixture.logits[0]!.length;
    for (let at = 0; at < chunk.length; at += vocabulary) rows.push(chunk.slice(at, at + vocabulary));
  }
  return rows;
}

async function oneByOne(session: DecoderSession, fixture: Fixture): Promise<Float32Array[]> {
  const rows: Float32Array[] = [];
  for (const [past, token] of fixture.tokens.entries())
    rows.push((await session.extend([token], past, signal)).slice());
  return rows;
}

// The fixtures' own float32 error against float64 is at most 1.7e-5; logits are of order 1.
const tolerance = 1e-4;
const fixtures: (readonly [string, () => Fixture])[] = [
  ...hfFixtures.map((name) => [name, () => loadHfFixture(name)] as const),
  ...familyFixtures.map((name) => [name, () => loadFamilyFixture(name)] as const),
  ...[...ggufFixtures, ...familyGgufFixtures].map((name) => [`${name}.gguf`, () => loadGgufFixture(name)] as const),
];

describe('the decoder graph in float32', () => {
  it.each(fixtures)('gives the logits of the independent implementation for %s', async (_name, load) => {
    const fixture = load();
    const session = await open(fixture.location, 'float32');
    try {
      expect(largestDifference(await inChunks(session, fixture), fixture)).toBeLessThan(tolerance);
      expect(largestDifference(await oneByOne(session, fixture), fixture)).toBeLessThan(tolerance);
    } finally {
      await session.dispose();
    }
  });
});

describe('longrope in an engine of the original context', () => {
  it.each(shortFixtures)('has the frequencies of short sequences: $location', async (fixture) => {
    const session = await open(fixture.location, 'float32', 128, 32);
    try {
      expect(largestDifference(await inChunks(session, fixture), fixture)).toBeLessThan(tolerance);
    } finally {
      await session.dispose();
    }
  });
});

describe('dynamic scaling past the original context', () => {
  it.each(longFixtures)(
    'has the frequencies that transformers has when tokens come one by one: $location',
    async (fixture) => {
      const session = await open(fixture.location, 'float32');
      try {
        expect(largestDifference(await oneByOne(session, fixture), fixture)).toBeLessThan(tolerance);
        // Chunks are no different: frequencies go by the position alone.
        expect(largestDifference(await inChunks(session, fixture), fixture)).toBeLessThan(tolerance);
      } finally {
        await session.dispose();
      }
    },
  );
});

describe('a prompt in chunks', () => {
  it.each([
    ['float32', 1],
    ['float32', 7],
    ['float32', 128],
    ['exact', 7],
  ] as const)('ends in the same logits in %s storage with %i tokens a chunk', async (storage, chunk) => {
    const fixture = loadGgufFixture('llama-q4_1');
    const [whole, cut] = [await open(fixture.location, storage, 1000), await open(fixture.location, storage, chunk)];
    try {
      const expected =
        storage === 'float32' ? fixture.logits.at(-1)! : (await whole.extend(fixture.tokens, 0, signal)).slice();
      const actual = await cut.extend(fixture.tokens, 0, signal);
      for (const [i, value] of expected.entries()) expect(Math.abs(value - actual[i]!)).toBeLessThan(tolerance);
    } finally {
      await Promise.all([whole.dispose(), cut.dispose()]);
    }
  });
});

describe('the decoder graphs in quantised storage', () => {
  it.each([
    ...(['llama-q4_0', 'llama-q4_1', 'llama-q5_0', 'llama-q8_0', 'llama-mixed', 'llama-tied'] as const),
    // Not those with experts: which ones a token gets turns on a difference of rounding in models this small.
    ...(['gemma2', 'gemma3', 'phi3'] as const),
  ])('differ from the exact weights of %s only by rounding to 8 bits', async (name) => {
    const fixture = loadGgufFixture(name);
    const session = await open(fixture.location, 'exact');
    try {
      // A wrong order, scale, offset or rotation destroys the correlation; 8 bits leave it near 1.
      expect(correlation(await inChunks(session, fixture), fixture)).toBeGreaterThan(0.99);
      expect(correlation(await oneByOne(session, fixture), fixture)).toBeGreaterThan(0.99);
    } finally {
      await session.dispose();
    }
  });

  const unquantized: (readonly [string, () => Fixture])[] = [
    ...hfFixtures.map((name) => [name, () => loadHfFixture(name)] as const),
    // Which experts a token gets turns on a difference of rounding in models this small.
    ...familyFixtures
      .filter((name) => !/moe|mixtral/.test(name))
      .map((name) => [name, () => loadFamilyFixture(name)] as const),
  ];

  it.each(unquantized)('differ from %s in int8 only by rounding', async (_name, load) => {
    const fixture = load();
    const session = await open(fixture.location, 'int8');
    try {
      expect(correlation(await inChunks(session, fixture), fixture)).toBeGreaterThan(0.99);
      expect(correlation(await oneByOne(session, fixture), fixture)).toBeGreaterThan(0.99);
    } finally {
      await session.dispose();
    }
  });
});
