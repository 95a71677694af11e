import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../testing/tiny-decoder.js';
import { checkDecoderConfig, supportedArchitectures, unsupportedArchitecture } from './supported.js';

describe('checkDecoderConfig', () => {
  it('gives back what it finds nothing wrong with', () => {
    expect(checkDecoderConfig(tinyConfig)).toBe(tinyConfig);
  });

  it('has room for the largest models there are', () => {
    // Llama 3.1 405B, with the context of the longest fine-tunes and the vocabulary of Gemma 3.
    const large = { vocabularySize: 262_208, hiddenSize: 16_384, intermediateSize: 53_248, layers: 126, heads: 128 };
    const config = { ...tinyConfig, ...large, kvHeads: 8, headDim: 128, contextLength: 1_048_576 };
    expect(checkDecoderConfig(config)).toBe(config);
  });

  it.each(['vocabularySize', 'hiddenSize', 'intermediateSize', 'layers', 'heads', 'headDim', 'contextLength'] as const)(
    'names an implausible %s',
    (name) => {
      expect(() => checkDecoderConfig({ ...tinyConfig, [name]: 1e9 })).toThrow(
        expect.objectContaining({ code: 'InvalidFormat', message: expect.stringContaining(`${name} 1000000000`) }),
      );
    },
  );
});

describe('unsupportedArchitecture', () => {
  it('says what is supported instead', () => {
    const { message } = unsupportedArchitecture('falcon');
    expect(message).toContain('"falcon"');
    for (const architecture of supportedArchitectures) expect(message).toContain(`"${architecture}"`);
  });
});
