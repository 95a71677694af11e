import { describe, expect, it } from 'vitest';
import { parseEmbedOptions, parseTextOptions } from './engine-options.js';

describe('engine options', () => {
  it('have defaults', () => {
    expect(parseTextOptions({ threads: undefined })).toEqual({
      gpu: 'auto',
      maxWaitingRequests: 1000,
      drainTimeoutMs: 5000,
      maxSequences: 4,
      batchSize: 128,
    });
  });

  it.each<[string, unknown]>([
    ['gpu', 'rocm'],
    ['gpu', true],
    ['gpuLayers', -1],
    ['threads', 0],
    ['contextLength', 1],
    ['contextLength', 2.5],
    ['flashAttention', 'auto'],
    ['maxSequences', 65],
    ['batchSize', 16],
    ['maxWaitingRequests', Number.NaN],
    ['drainTimeoutMs', Number.POSITIVE_INFINITY],
    ['quantization', 'int8'],
  ])('refuse a bad %s: %s', (parameter, value) => {
    expect(() => parseTextOptions({ [parameter]: value })).toThrow(
      expect.objectContaining({ code: 'InvalidParameter', details: { parameter } }),
    );
  });

  it('of embedding do not have those of text generation', () => {
    expect(() => parseEmbedOptions({ maxSequences: 2 })).toThrow(
      expect.objectContaining({ details: { parameter: 'maxSequences' } }),
    );
  });
});
