import { describe, expect, it } from 'vitest';
import { selectHubFiles } from './hub-files.js';

const common = ['.gitattributes', 'README.md', 'config.json', 'tokenizer.json', 'tokenizer_config.json'];

describe('selectHubFiles', () => {
  it('takes configuration, tokenizer and one set of weights', () => {
    const names = [...common, 'model.safetensors', 'pytorch_model.bin', 'onnx/model.onnx', 'generation_config.json'];
    expect(selectHubFiles('o/n', names)).toEqual([
      'config.json',
      'generation_config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'model.safetensors',
    ]);
  });

  it('takes the shards of an index and leaves the same weights in another layout', () => {
    const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    const names = [...common, 'consolidated.safetensors', ...shards, 'model.safetensors.index.json'];
    expect(selectHubFiles('o/n', names)).toEqual([
      'config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'model.safetensors.index.json',
      ...shards,
    ]);
  });

  it('prefers a small, good quantisation among GGUF files, and whole files to parts', () => {
    const gguf = ['m.Q2_K.gguf', 'm.Q8_0.gguf', 'm.Q4_0.gguf', 'm-Q4_K_M-00001-of-00002.gguf', 'mmproj-F16.gguf'];
    expect(selectHubFiles('o/n', [...common, ...gguf])).toEqual(['m.Q4_0.gguf']);
    expect(selectHubFiles('o/n', [...gguf, 'm.Q4_K_M.gguf'])).toEqual(['m.Q4_K_M.gguf']);
    expect(selectHubFiles('o/n', ['m.IQ4_NL.gguf', 'm.UD-Q4_0_4_4.gguf', 'm.f16.gguf'])).toEqual(['m.f16.gguf']);
  });

  it('takes a named file, with its companions unless it is a GGUF', () => {
    const names = [...common, 'a.gguf', 'onnx/model.onnx'];
    expect(selectHubFiles('o/n', names, 'a.gguf')).toEqual(['a.gguf']);
    expect(selectHubFiles('o/n', names, 'onnx/model.onnx')).toEqual([
      'config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'onnx/model.onnx',
    ]);
  });

  it('says what is there when the named file or any weights are missing', () => {
    expect(() => selectHubFiles('o/n', ['a.gguf', 'x.txt'], 'b.gguf')).toThrow(/no file b\.gguf; it holds a\.gguf\./);
    expect(() => selectHubFiles('o/n', ['pytorch_model.bin'])).toThrow(
      expect.objectContaining({ code: 'Unsupported', message: expect.stringContaining('pytorch_model.bin') }),
    );
  });
});
