import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EmbedInput, EmbedOptions } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TextSettings } from '../model/text-source.js';
import { fakeParts } from '../testing/engine-parts.js';
import { refuseUnhandledRejections } from '../testing/event-loop.js';
import { words, wordTokenizer } from '../testing/word-tokenizer.js';
import { BatchEmbedEngine, type ImageTower } from './batch-embed-engine.js';
import type { TextInput } from './text-tensors.js';

refuseUnhandledRejections();
afterEach(() => vi.restoreAllMocks());

const cls = 1;
const sep = 2;

interface SetUp {
  readonly settings?: Partial<TextSettings>;
  readonly images?: ImageTower;
}

/** An engine whose vector of a text is its number of tokens, its third token and its first one that is pooled. */
function setUp({ settings, images }: SetUp = {}) {
  const run = vi.fn(async (texts: readonly TextInput[]) =>
    texts.map(({ ids, pooledFrom }) => Float32Array.of(ids.length, ids[2] ?? 0, pooledFrom)),
  );
  const engine = new BatchEmbedEngine({
    ...fakeParts(),
    texts: {
      runner: { run },
      tokenizer: wordTokenizer,
      vocabularySize: 100,
      settings: {
        normalizes: false,
        lowercases: false,
        prompts: { query: 'w50 ' },
        includesPrompt: true,
        maxTokens: 8,
        ...settings,
      },
    },
    dimensions: 3,
    ...(images ? { images } : {}),
  });
  return { engine, run };
}

describe('embedding texts', () => {
  it('gives vectors in the order of the texts, and how many tokens were read', async () => {
    const { engine, run } = setUp();
    const result = await engine.embedTexts([words(5), '', 'w9 w8 w7', words(20), [3, 4, 5]]);
    expect(result).toEqual({
      embeddings: [
        Float32Array.of(7, 4, 0),
        Float32Array.of(2, 0, 0),
        Float32Array.of(5, 8, 0),
        Float32Array.of(8, 4, 0),
        Float32Array.of(3, 5, 0),
      ],
      encoding: 'float',
      dimensions: 3,
      model: 'fake',
      usage: { promptTokens: 7 + 2 + 5 + 8 + 3 },
    });
    expect(run).toHaveBeenCalled();
  });

  it('of none gives none', async () => {
    const { engine, run } = setUp();
    expect(await engine.embedTexts([])).toMatchObject({ embeddings: [], dimensions: 3, usage: { promptTokens: 0 } });
    expect(run).not.toHaveBeenCalled();
  });

  it('honours dimensions, encoding and the prompt', async () => {
    const { engine } = setUp();
    const result = await engine.embedTexts(['w9'], { dimensions: 2, encoding: 'int8', promptName: 'query' });
    // Four tokens, the third of them w9: [4, 9], the largest of which becomes 127.
    expect(result).toMatchObject({ embeddings: [Int8Array.of(56, 127)], encoding: 'int8', dimensions: 2 });
  });

  it('tells of its progress', async () => {
    const { engine } = setUp();
    const told: unknown[] = [];
    await engine.embedTexts(['w3', 'w4', 'w5'], { onProgress: (progress) => told.push(progress) });
    expect(told).toEqual([1, 2, 3].map((completed) => ({ completed, total: 3 })));
  });

  it('is done together for callers who come at the same time', async () => {
    const { engine, run } = setUp();
    const texts = ['w3', 'w4 w5', 'w6'];
    await Promise.all(texts.map((text) => engine.embedText(text)));
    expect(run.mock.calls.map(([inputs]) => inputs.length)).toEqual([3]);
  });

  it('lets the event loop turn while it finishes many vectors', async () => {
    const { engine } = setUp();
    const count = 2000;
    let atLast = Number.NaN;
    let turns = 0;
    let isOver = false;
    const counting = (async () => {
      while (!isOver) {
        await nextTurn();
        turns += 1;
      }
    })();
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now++);
    const onProgress = ({ completed }: { completed: number }) => {
      if (completed === count) atLast = turns;
    };
    await engine.embedTexts(Array(count).fill('w3'), { encoding: 'int8', onProgress });
    isOver = true;
    await counting;
    // Each vector takes a millisecond, or so the clock says; a stretch is of 4.
    expect(turns - atLast).toBeGreaterThan(count / 10);
  });

  it('names the text that is wrong', async () => {
    const { engine } = setUp();
    await expect(engine.embedTexts(['w3', null as unknown as string])).rejects.toMatchObject({
      code: 'RequestValidation',
      details: { input: 'texts[1]' },
    });
    await expect(engine.embedText('\uD83D')).rejects.toMatchObject({
      code: 'RequestValidation',
      message: expect.stringMatching(/^text is no valid text/),
      details: { input: 'text' },
    });
    await expect(engine.embedTexts([words(7)], { truncate: 'error' })).rejects.toMatchObject({
      code: 'RequestValidation',
      details: { input: 'texts[0]' },
    });
  });

  it.each([['a text'], [new Set(['w3'])], [undefined]])('is refused for %j, which is no list', async (texts) => {
    const { engine } = setUp();
    await expect(engine.embedTexts(texts as unknown as EmbedInput[])).rejects.toMatchObject({
      code: 'RequestValidation',
      details: { input: 'texts' },
    });
  });

  it('is refused with an option that is wrong, before anything is computed', async () => {
    const { engine, run } = setUp();
    await expect(engine.embedTexts(['w3'], { dimensions: 4 })).rejects.toMatchObject({
      code: 'InvalidParameter',
      details: { parameter: 'dimensions' },
    });
    await expect(engine.embedTexts(['w3'], { dimension: 2 } as EmbedOptions)).rejects.toMatchObject({
      code: 'InvalidParameter',
    });
    expect(run).not.toHaveBeenCalled();
  });
});

describe('embedding a text', () => {
  it('gives its vector, with the default prompt and of length 1 where the model says so', async () => {
    const { engine, run } = setUp({ settings: { normalizes: true, defaultPrompt: 'query', includesPrompt: false } });
    const vector = await engine.embedText('w12');
    // Four tokens, the third is w12, those from the third on are pooled.
    const length = Math.hypot(4, 12, 2);
    for (const [i, value] of [4, 12, 2].entries()) expect(vector[i]).toBeCloseTo(value / length, 6);
    expect(run.mock.calls[0]?.[0]).toEqual([{ ids: [cls, 50, 12, sep], pooledFrom: 2 }]);
  });

  it('is cancelled by its signal', async () => {
    const { engine } = setUp();
    const signal = AbortSignal.abort('gone');
    await expect(engine.embedText('w3', { signal })).rejects.toMatchObject({ code: 'Cancelled', cause: 'gone' });
  });

  it('is refused with a signal that is none', async () => {
    const { engine } = setUp();
    const options = { signal: {} as AbortSignal };
    await expect(engine.embedText('w3', options)).rejects.toMatchObject({ details: { parameter: 'signal' } });
  });
});

describe('embedding an image', () => {
  const tower = () => ({
    runner: { run: vi.fn(async (images: readonly Float32Array[]) => images.map((pixels) => pixels.slice(0, 2))) },
    read: vi.fn<ImageTower['read']>(async () => Float32Array.of(3, 4, 5)),
    tokens: 50,
  });

  it('gives a vector of length 1', async () => {
    const images = tower();
    const { engine } = setUp({ images });
    const { signal } = new AbortController();
    expect(await engine.embedImage('cat.png', { signal })).toEqual(Float32Array.of(0.6, 0.8));
    expect(images.read).toHaveBeenCalledExactlyOnceWith('cat.png', signal);
  });

  it('is refused by a model that reads only text', async () => {
    const { engine } = setUp();
    await expect(engine.embedImage('cat.png')).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringContaining('fake reads only text'),
    });
  });

  it('fails with what reading it fails with', async () => {
    const images = tower();
    const failure = new FerrumError('NotFound', 'cat.png');
    images.read.mockRejectedValueOnce(failure);
    await expect(setUp({ images }).engine.embedImage('cat.png')).rejects.toBe(failure);
  });

  it('is refused once the engine is shut down, and nothing is read', async () => {
    const images = tower();
    const { engine } = setUp({ images });
    await engine.shutdown();
    await expect(engine.embedImage('cat.png')).rejects.toMatchObject({ code: 'Cancelled' });
    expect(images.read).not.toHaveBeenCalled();
  });
});

it('knows its dimensions and its prompts', () => {
  const { engine } = setUp();
  expect([engine.embeddingDim(), engine.promptNames, engine.modelId]).toEqual([3, ['query'], 'fake']);
});

it('is shut down at the end of `await using`', async () => {
  const { engine } = setUp();
  await engine[Symbol.asyncDispose]();
  await expect(engine.embedText('w3')).rejects.toMatchObject({ code: 'Cancelled' });
});
