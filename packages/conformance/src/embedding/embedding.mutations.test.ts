import type { EmbeddingResult, EmbedEngine, EmbedOptions } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { mockEmbedder, mockEmbedderFeatures } from '../mocks/mock-embedder.js';
import { failures } from '../runner/testing/failures.js';
import { describeEmbedding } from './describe-embedding.js';

type Break = (engine: EmbedEngine) => Partial<EmbedEngine>;

/** Changes what embedTexts answers. */
const answers =
  (change: (result: EmbeddingResult, options: EmbedOptions) => Partial<EmbeddingResult>): Break =>
  (engine) => ({
    embedTexts: (async (texts: readonly string[], options: EmbedOptions = {}) => {
      const result = await engine.embedTexts(texts, options);
      return { ...result, ...change(result, options) };
    }) as EmbedEngine['embedTexts'],
  });

/** What an engine may do wrong, and the tests that fail then, and no others. */
const mutations: readonly (readonly [what: string, broken: Break, found: RegExp])[] = [
  [
    'tells another number of values',
    () => ({ embeddingDim: () => 31 }),
    /values|as it is alone|empty list|embeds|very long|dimensions|token-input|prompts|image/,
  ],
  [
    'reverses the order',
    answers(({ embeddings }, { encoding }) => (encoding ? {} : { embeddings: [...embeddings].reverse() })),
    /in their order|beside others|of one meaning/,
  ],
  [
    'does not bring vectors to length 1',
    (engine) => ({ embedText: async (...call) => (await engine.embedText(...call)).map((value) => 2 * value) }),
    /says how many values|of length 1 again/,
  ],
  [
    'counts no tokens',
    answers(() => ({ usage: { promptTokens: 0 } })),
    /counts the tokens|token-input: embeds token ids/,
  ],
  [
    'gives one embedding for all',
    answers(({ embeddings }) => ({ embeddings: embeddings.map(() => embeddings[0] ?? new Float32Array(1)) })),
    /as it is alone|different texts different ones|beside others|of one meaning/,
  ],
  [
    'never tells how far it is',
    (engine) => ({
      embedTexts: ((texts: readonly string[], { onProgress: _, ...options }: EmbedOptions = {}) =>
        engine.embedTexts(texts, options)) as EmbedEngine['embedTexts'],
    }),
    /tells how far it is/,
  ],
  [
    'takes any number of dimensions',
    (engine) => ({
      embedText: async (text, { dimensions, ...options } = {}) => {
        const isSane = Number.isInteger(dimensions) && (dimensions ?? 0) > 0 && (dimensions ?? 0) <= 32;
        return engine.embedText(text, isSane ? { ...options, ...(dimensions && { dimensions }) } : options);
      },
    }),
    /^dimensions: refuses/,
  ],
  [
    'truncates int8 in place of rounding',
    answers(({ embeddings }, { encoding }) =>
      encoding === 'int8' ? { embeddings: embeddings.map((one) => Int8Array.from(one, (value) => value >> 2)) } : {},
    ),
    /int8 is each value/,
  ],
  [
    'puts the first bit into the lowest',
    answers(({ embeddings }, { encoding }) =>
      encoding === 'binary' ? { embeddings: embeddings.map((one) => Uint8Array.from(one, reverseBits)) } : {},
    ),
    /binary has a bit/,
  ],
  [
    'cuts what should be refused',
    (engine) => ({
      embedText: (text, options) => engine.embedText(text, { ...options, truncate: 'end' }),
    }),
    /^truncation: refuses a very long text/,
  ],
  [
    'reads the end of what it should cut',
    (engine) => ({
      embedText: (text, options) => engine.embedText(options?.truncate === 'end' ? text.slice(-80) : text, options),
    }),
    /^truncation: cuts a very long text/,
  ],
  [
    'refuses what it should cut',
    (engine) => ({
      embedText: (text, options) =>
        engine.embedText(text, options?.truncate === 'end' ? { ...options, truncate: 'error' } : options),
    }),
    /^truncation: cuts a very long text/,
  ],
  [
    'embeds what is no image',
    (engine) => ({
      embedImage: (image, options) => engine.embedImage(image, options).catch(() => new Float32Array(32).fill(1)),
    }),
    /^image: refuses/,
  ],
  [
    'gives no number',
    (engine) => ({ embedText: async (text, options) => spoil(await engine.embedText(text, options)) }),
    /values|as it is alone|embeds|very long|dimensions|output-quantization|prompts|answers that each gets alone|leaves the other calls alone/,
  ],
  ['hides its prompts', () => ({ promptNames: [] }), /^prompts: puts the prompt/],
  [
    'answers when cancelled',
    (engine) => ({ embedText: (text, options) => engine.embedText(text, { ...options, signal: undefined } as never) }),
    /whose signal has fired already/,
  ],
];

const run = (engine: () => EmbedEngine, features = mockEmbedderFeatures) =>
  failures((runner) => describeEmbedding(runner, async () => engine(), { features }));

describe('the contract of embedding', () => {
  it('is kept by the mock', async () => {
    expect(await run(() => mockEmbedder().engine)).toEqual([]);
  });

  it('is kept by a mock that has no features, and refuses them', async () => {
    expect(await run(() => mockEmbedder({ features: [] }).engine, [])).toEqual([]);
  });

  it('finds features that are declared and not there, each by its name', async () => {
    const found = await run(() => mockEmbedder({ features: [] }).engine);
    for (const feature of mockEmbedderFeatures.filter((name) => name !== 'batching')) {
      expect(found.filter((name) => name.startsWith(`${feature}: `))).not.toEqual([]);
    }
  });

  it('allows an engine of less precision what its options say', async () => {
    const trembling = (): EmbedEngine => {
      const { engine } = mockEmbedder();
      let calls = 0;
      const tremble = answers(({ embeddings }, { encoding, dimensions }) => {
        if (encoding || dimensions) return {};
        const drift = (calls++ % 2) * 1e-3;
        return {
          embeddings: embeddings.map((one) => Float32Array.from(one, (value, at) => value + (at === 0 ? drift : 0))),
        };
      });
      return { ...engine, ...tremble(engine) };
    };
    const failing = (tolerance?: number) =>
      failures((runner) =>
        describeEmbedding(runner, async () => trembling(), {
          features: mockEmbedderFeatures,
          ...(tolerance && { tolerance }),
        }),
      );
    expect(await failing()).toEqual([expect.stringMatching(/beside others, from several callers/)]);
    expect(await failing(1e-2)).toEqual([]);
  });

  it.each(mutations)('finds an engine that %s', async (_, broken, expected) => {
    const found = await run(() => {
      const { engine } = mockEmbedder();
      return { ...engine, ...broken(engine) };
    });
    expect(found).not.toEqual([]);
    for (const name of found) expect(name).toMatch(expected);
  });
});

function reverseBits(byte: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit += 1) reversed |= ((byte >> bit) & 1) << (7 - bit);
  return reversed;
}

function spoil(vector: Float32Array): Float32Array {
  return vector.map((value, index) => (index === 3 ? Number.NaN : value));
}
