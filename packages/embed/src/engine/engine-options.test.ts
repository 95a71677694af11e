import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { parseEmbedOptions, parseRerankOptions } from './engine-options.js';

const defaults = {
  threads: availableParallelism(),
  quantization: 'float32',
  maxBatchTokens: 2048,
  maxQueuedTokens: 262_144,
  drainTimeoutMs: 5000,
};

const wrong: readonly (readonly [string, unknown])[] = [
  ['threads', 0],
  ['threads', 1.5],
  ['threads', 1025],
  ['threads', '2'],
  ['quantization', 'int4'],
  ['quantization', null],
  ['libraryPath', ''],
  ['libraryPath', 3],
  ['maxSequenceLength', 2],
  ['maxSequenceLength', 10.5],
  ['maxBatchTokens', 0],
  ['maxBatchTokens', Number.POSITIVE_INFINITY],
  ['maxQueuedTokens', -1],
  ['maxQueuedTokens', '1000'],
  ['drainTimeoutMs', -1],
  ['drainTimeoutMs', Number.NaN],
  ['drainTimeoutMs', Number.POSITIVE_INFINITY],
];

describe.each([
  ['embedding', parseEmbedOptions],
  ['reranking', parseRerankOptions],
] as const)('options of an engine for %s', (_name, parse) => {
  it('are complete where none is given, or as undefined', () => {
    expect(parse({})).toMatchObject(defaults);
    expect(parse({ threads: undefined, quantization: undefined })).toMatchObject(defaults);
  });

  it('are taken over', () => {
    const given = {
      threads: 3,
      quantization: 'int8',
      libraryPath: 'lib.so',
      maxSequenceLength: 128,
      maxBatchTokens: 1,
      maxQueuedTokens: 1,
      drainTimeoutMs: 0,
    };
    expect(parse(given)).toMatchObject(given);
  });

  it.each(wrong)('are refused by the name of %s when it is %j', (name, value) => {
    expect(() => parse({ [name]: value })).toThrow(
      expect.objectContaining({
        code: 'InvalidParameter',
        message: expect.stringContaining(`${name}: `),
        details: { parameter: name },
      }),
    );
  });

  it('are refused when one is not known', () => {
    expect(() => parse({ thread: 2 })).toThrow(
      expect.objectContaining({ code: 'InvalidParameter', message: expect.stringContaining('"thread"') }),
    );
  });
});

describe('options of an engine for embedding alone', () => {
  it('are complete where none is given', () => {
    expect(parseEmbedOptions({})).toEqual({
      ...defaults,
      maxImagePixels: 100_000_000,
      maxImageBytes: 64 * 1024 * 1024,
      allowSvg: false,
    });
  });

  it.each<[string, unknown]>([
    ['pooling', 'average'],
    ['normalize', 1],
    ['prompts', ['query: ']],
    ['prompts', 'query: '],
    ['maxImagePixels', 0],
    ['maxImageBytes', 0.5],
    ['allowSvg', 'yes'],
  ])('are refused by the name of %s when it is %j', (name, value) => {
    expect(() => parseEmbedOptions({ [name]: value })).toThrow(
      expect.objectContaining({ code: 'InvalidParameter', details: { parameter: name } }),
    );
  });

  it('are refused by the name of the prompt that is no text', () => {
    expect(() => parseEmbedOptions({ prompts: { query: 3 } })).toThrow(
      expect.objectContaining({ code: 'InvalidParameter', details: { parameter: 'prompts.query' } }),
    );
  });

  it.each(['pooling', 'normalize', 'prompts', 'maxImagePixels', 'maxImageBytes', 'allowSvg'])(
    'are not known to one for reranking: %s',
    (name) => {
      expect(() => parseRerankOptions({ [name]: undefined })).not.toThrow();
      expect(() => parseRerankOptions({ [name]: true })).toThrow(expect.objectContaining({ code: 'InvalidParameter' }));
    },
  );
});
