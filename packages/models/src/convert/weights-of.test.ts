import type { LocalModel } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { weightsOf } from './weights-of.js';

function modelOf(...names: string[]): LocalModel {
  const files = Object.fromEntries(names.map((name) => [name, `/models/tiny/${name}`]));
  return { manifest: { reference: 'hf:some/tiny' }, directory: '/models/tiny', files };
}

const thrownBy = (model: LocalModel): unknown => {
  try {
    return weightsOf(model);
  } catch (error) {
    return error;
  }
};

describe('weightsOf', () => {
  it.each([
    ['the one GGUF file', ['README.md', 'tiny.GGUF'], '/models/tiny/tiny.GGUF'],
    ['the GGUF file, of both kinds', ['model.safetensors', 'tiny.gguf'], '/models/tiny/tiny.gguf'],
    ['the one safetensors file', ['config.json', 'model.safetensors'], '/models/tiny/model.safetensors'],
    [
      'the folder of several safetensors files',
      ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors', 'model.safetensors.index.json'],
      '/models/tiny',
    ],
    ['the model.bin of CTranslate2', ['config.json', 'model.bin', 'vocabulary.txt'], '/models/tiny/model.bin'],
    ['safetensors, of both kinds', ['model.bin', 'model.safetensors'], '/models/tiny/model.safetensors'],
  ])('is %s', (_name, names, expected) => {
    expect(weightsOf(modelOf(...names))).toBe(expected);
  });

  it('asks which of several GGUF files is meant', () => {
    expect(thrownBy(modelOf('a.gguf', 'b.gguf'))).toMatchObject({
      code: 'Unsupported',
      message: 'hf:some/tiny holds several GGUF files; name one of them: a.gguf, b.gguf.',
      details: { files: ['a.gguf', 'b.gguf'] },
    });
  });

  it.each([
    ['other files', ['model.onnx', 'config.json'], 'model.onnx, config.json'],
    ['no files', [], 'no files'],
  ])('says what it found instead: %s', (_name, names, found) => {
    expect(thrownBy(modelOf(...names))).toMatchObject({
      code: 'Unsupported',
      message: expect.stringContaining(`(${found})`),
    });
  });
});
