import type { ModelManifest } from '@ferrum/interfaces';
import { createHost } from '@ferrum/registry';
import { describe, expect, it } from 'vitest';
import { matchEmbedding, matchText } from './match.js';
import { plugin } from './plugin.js';
import { tinyModels } from './testing/context-of.js';

type Facts = Partial<ModelManifest>;

const model = (facts: Facts): ModelManifest => ({ reference: 'some-model', ...facts });

describe('text generation', () => {
  it.each<[string, Facts, string]>([
    ['any decoder in a GGUF file', { format: 'gguf', architecture: 'gemma3' }, 'runs gemma3 models'],
    ['a GGUF file of which nothing else is known', { format: 'gguf' }, 'runs GGUF files'],
    ['a file that is named like one, without a store of models', { reference: './model.GGUF' }, 'runs GGUF files'],
  ])('is offered for %s, below engines made for a model', (_name, facts, reason) => {
    expect(matchText(model(facts))).toEqual({ score: 40, reason: expect.stringContaining(reason) });
  });

  it.each<[string, Facts, string]>([
    ['another format', { format: 'safetensors', architecture: 'llama' }, 'cannot open safetensors'],
    ['what is not known to be a GGUF file', { architecture: 'llama' }, 'not known to be a GGUF file'],
    ['an encoder', { format: 'gguf', architecture: 'nomic-bert' }, 'generate none'],
    ['a model for something else', { format: 'gguf', capabilities: ['embedding'] }, 'embedding'],
  ])('passes over %s and says why', (_name, facts, reason) => {
    expect(matchText(model(facts))).toEqual({ score: 0, reason: expect.stringContaining(reason) });
  });
});

describe('embedding', () => {
  it.each<[string, Facts, number]>([
    ['an encoder', { format: 'gguf', architecture: 'bert' }, 40],
    ['what is said to be for it', { format: 'gguf', architecture: 'qwen3', capabilities: ['embedding'] }, 40],
    ['a decoder', { format: 'gguf', architecture: 'llama' }, 20],
    ['a reranker', { format: 'gguf', architecture: 'bert', capabilities: ['reranking'] }, 0],
    ['another format', { format: 'onnx', architecture: 'bert' }, 0],
  ])('is offered for %s as far as it suits', (_name, facts, score) => {
    expect(matchEmbedding(model(facts)).score).toBe(score);
  });
});

describe('a host with the plugin alone', () => {
  it('opens a GGUF file by its path', async () => {
    await using host = createHost({ plugins: [plugin] });
    const prefer = ['@ferrum/plugin-llama-cpp'];
    const engine = await host.resolve('text-generation', { model: tinyModels.llama, prefer, options: { threads: 1 } });
    const { usage } = await engine.infer({ prompt: 'hello', sampling: { maxTokens: 4, ignoreEos: true } });
    expect(usage.completionTokens).toBe(4);
    expect(engine.config().backend).toMatchObject({ backendType: 'llama.cpp', backendOptions: { threads: 1 } });
  });

  it('says what is missing for a model by name', async () => {
    await using host = createHost({ plugins: [plugin] });
    await expect(host.resolve('text-generation', { model: 'missing.gguf' })).rejects.toMatchObject({
      code: 'NotFound',
      message: expect.stringContaining('missing.gguf is no file'),
    });
  });

  it('refuses options that it does not know', async () => {
    await using host = createHost({ plugins: [plugin] });
    const open = (options: Readonly<Record<string, unknown>>) =>
      host.resolve('text-generation', { model: tinyModels.llama, options });
    await expect(open({ gpus: 2 })).rejects.toMatchObject({ code: 'InvalidParameter', details: { parameter: 'gpus' } });
    await expect(open({ contextLength: 4096 })).rejects.toMatchObject({ details: { parameter: 'contextLength' } });
    const gpu = process.platform === 'darwin' ? 'cuda' : 'metal';
    await expect(open({ gpu })).rejects.toMatchObject({ code: 'Device', details: { parameter: 'gpu' } });
  });
});
