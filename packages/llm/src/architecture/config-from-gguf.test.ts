import type { YarnScaling } from '@ferrum/onnx';
import { describe, expect, it } from 'vitest';
import type { LongRopeFactors } from '../models/gguf-config.js';
import { tinyConfig, tinyMetadata } from '../testing/tiny-decoder.js';
import { configFromGguf } from './config-from-gguf.js';

/** Reads the tiny model's metadata with some values replaced; undefined removes one. */
function read(
  changes: Readonly<Record<string, unknown>> = {},
  tensors: readonly string[] = ['output.weight'],
  factors?: LongRopeFactors,
) {
  const entries = Object.entries({ ...tinyMetadata, ...changes }).filter(([, value]) => value !== undefined);
  return configFromGguf(new Map(entries), new Set(tensors), factors);
}

/** The same under another architecture's name. `changes` without the name. */
function readAs(architecture: string, changes: Readonly<Record<string, unknown>> = {}, factors?: LongRopeFactors) {
  const own = Object.entries({ ...tinyMetadata, ...prefixed('llama', changes) });
  const renamed = own.map(([key, value]) => [key.replace(/^llama\./, `${architecture}.`), value]);
  return read({ ...Object.fromEntries(renamed), 'general.architecture': architecture }, undefined, factors);
}

function prefixed(architecture: string, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${architecture}.${key}`, value]));
}

describe('configFromGguf', () => {
  it('reads a model, filling in what the specification lets a file leave out', () => {
    expect(read()).toEqual(tinyConfig);
  });

  it('counts the tokenizer’s tokens where the vocabulary size is left out', () => {
    const changes = { 'llama.vocab_size': undefined, 'tokenizer.ggml.tokens': ['<s>', 'a', 'b'] };
    expect(read(changes).vocabularySize).toBe(3);
  });

  it('has as many KV heads as heads where they are left out', () => {
    expect(read({ 'llama.attention.head_count_kv': undefined }).kvHeads).toBe(4);
  });

  it('reads head size, rotary base and sliding window', () => {
    const changes = {
      'llama.attention.key_length': 32,
      'llama.rope.dimension_count': 32,
      'llama.rope.freq_base': 100000,
      'llama.attention.sliding_window': 3,
    };
    expect(read(changes)).toEqual({ ...tinyConfig, headDim: 32, rotary: { theta: 100000 }, slidingWindow: 3 });
  });

  it('takes a file without a head for one with tied embeddings', () => {
    expect(read({}, ['token_embd.weight']).tiedEmbeddings).toBe(true);
  });

  it.each([
    ['none', { 'llama.rope.scaling.type': 'none', 'llama.rope.scaling.factor': 4 }, undefined],
    ['linear', { 'llama.rope.scaling.type': 'linear', 'llama.rope.scaling.factor': 4 }, 4],
    // As llama.cpp reads it: the type is linear unless the file says otherwise.
    ['a factor without a type', { 'llama.rope.scaling.factor': 4 }, 4],
    ['the older key of linear scaling', { 'llama.rope.scale_linear': 4 }, 4],
  ])('reads rotary scaling given as %s', (_name, changes, factor) => {
    expect(read(changes).rotary.scaling).toEqual(factor === undefined ? undefined : { type: 'linear', factor });
  });

  it('reads YaRN, whose attention factor multiplies what YaRN itself says', () => {
    const yarn = { 'rope.scaling.type': 'yarn', 'rope.scaling.factor': 4, 'rope.scaling.original_context_length': 2 };
    const scaling = { type: 'yarn', factor: 4, originalContextLength: 2 };
    expect(readAs('qwen3', yarn).rotary.scaling).toEqual(scaling);
    const more = {
      'rope.scaling.yarn_beta_fast': 16,
      'rope.scaling.yarn_beta_slow': 2,
      'rope.scaling.attn_factor': 0.5,
    };
    const { attentionFactor, ...rest } = readAs('qwen3', { ...yarn, ...more }).rotary.scaling as YarnScaling;
    expect(rest).toEqual({ ...scaling, betaFast: 16, betaSlow: 2 });
    expect(attentionFactor).toBeCloseTo(0.5 * (1 + 0.1 * Math.log(4)), 12);
  });

  it('reads longrope from a file that has its factors, with or without a type', () => {
    const factors = { short: Array(8).fill(1), long: Array(8).fill(3) };
    const changes = { 'rope.scaling.original_context_length': 2, 'rope.scaling.attn_factor': 1.5 };
    const expected = {
      type: 'longrope',
      shortFactors: factors.short,
      longFactors: factors.long,
      originalContextLength: 2,
      factor: 2.5,
      attentionFactor: 1.5,
    };
    expect(readAs('phi3', changes, factors).rotary.scaling).toEqual(expected);
    const typed = { ...changes, 'rope.scaling.type': 'longrope' };
    expect(readAs('phi3', typed, factors).rotary.scaling).toEqual(expected);
    expect(() => readAs('phi3', typed)).toThrow(
      expect.objectContaining({ code: 'InvalidFormat', message: expect.stringMatching(/rope_factors_short/) }),
    );
  });

  it('takes a sliding window of 0 for none, as Phi-4 has it', () => {
    expect(readAs('phi3', { 'attention.sliding_window': 0 })).not.toHaveProperty('slidingWindow');
  });

  it.each([
    ['gemma2', undefined, [true, false, true, false, true, false, true]],
    ['gemma3', undefined, [true, true, true, true, true, false, true]],
    ['gemma3', 3, [true, true, false, true, true, false, true]],
    ['gemma3', [false, true, true, true, true, true, true], [false, true, true, true, true, true, true]],
  ])('knows which layers of %s slide with the pattern %j', (architecture, pattern, layers) => {
    const changes = { block_count: 7, 'attention.sliding_window': 3, 'attention.sliding_window_pattern': pattern };
    expect(readAs(architecture, changes).slidingLayers).toEqual(layers);
  });

  it('finds a sliding pattern of another length', () => {
    const changes = { 'attention.sliding_window': 3, 'attention.sliding_window_pattern': [true, false] };
    expect(() => readAs('gemma3', changes)).toThrow(
      expect.objectContaining({ code: 'InvalidFormat', message: expect.stringMatching(/2 entries for 1 layers/) }),
    );
  });

  it.each(['falcon', 'mistral', 'LLAMA', ''])('refuses the architecture "%s" by its name', (architecture) => {
    expect(() => read({ 'general.architecture': architecture })).toThrow(
      expect.objectContaining({
        code: 'Unsupported',
        message: expect.stringContaining(`"${architecture}"`),
        details: { architecture },
      }),
    );
  });

  it.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    ['another scaling', { 'llama.rope.scaling.type': 'mrope' }, /"mrope"/],
    ['a head size that the kernel lacks', { 'llama.attention.key_length': 24 }, /Head size 24/],
  ])('does not support %s', (_name, changes, message) => {
    expect(() => read(changes)).toThrow(
      expect.objectContaining({ code: 'Unsupported', message: expect.stringMatching(message) }),
    );
  });

  it('reads experts', () => {
    const changes = { 'llama.expert_count': 8, 'llama.expert_used_count': 2 };
    expect(read(changes).experts).toEqual({ count: 8, active: 2, intermediateSize: 96, normalized: true });
  });

  it('opens a dense model that counts its experts as 0', () => {
    expect(read({ 'llama.expert_count': 0 })).toEqual(tinyConfig);
  });

  it.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    ['linear scaling without a factor', { 'llama.rope.scaling.type': 'linear' }, /linear .* no factor/],
    ['yarn scaling without a factor', { 'llama.rope.scaling.type': 'yarn' }, /yarn .* no factor/],
    ['more active experts than there are', { 'llama.expert_count': 2, 'llama.expert_used_count': 3 }, /3 of 2 experts/],
    ['heads that KV heads cannot share', { 'llama.attention.head_count_kv': 3 }, /4 attention heads.* 3 KV heads/],
    ['an absurd context', { 'llama.context_length': 4_000_000_000 }, /contextLength 4000000000/],
  ])('finds %s', (_name, changes, message) => {
    expect(() => read(changes)).toThrow(
      expect.objectContaining({ code: 'InvalidFormat', message: expect.stringMatching(message) }),
    );
  });

  it.each([
    'general.architecture',
    'llama.embedding_length',
    'llama.feed_forward_length',
    'llama.block_count',
    'llama.attention.head_count',
    'llama.attention.layer_norm_rms_epsilon',
    'llama.context_length',
  ])('names %s when it is missing', (key) => {
    expect(() => read({ [key]: undefined })).toThrow(refusalOf(key));
  });

  it('names the tokens when nothing says how large the vocabulary is', () => {
    expect(() => read({ 'llama.vocab_size': undefined })).toThrow(refusalOf('tokenizer.ggml.tokens'));
    expect(() => read({ 'llama.vocab_size': undefined, 'tokenizer.ggml.tokens': [] })).toThrow(
      refusalOf('tokenizer.ggml.tokens'),
    );
  });

  it.each<[string, unknown]>([
    ['general.architecture', 7],
    ['llama.embedding_length', '64'],
    ['llama.embedding_length', 0],
    ['llama.block_count', 1.5],
    ['llama.attention.head_count', -4],
    ['llama.attention.head_count_kv', Int32Array.of(2, 2)],
    ['llama.attention.layer_norm_rms_epsilon', 0],
    ['llama.attention.layer_norm_rms_epsilon', Number.NaN],
    ['llama.rope.freq_base', Number.POSITIVE_INFINITY],
    ['llama.rope.freq_base', -1],
    ['llama.rope.scaling.type', 1],
    ['llama.rope.scaling.factor', 0],
    ['llama.expert_count', true],
    ['llama.vocab_size', 2 ** 53],
  ])('names %s when it is %o', (key, value) => {
    expect(() => read({ [key]: value })).toThrow(refusalOf(key));
  });
});

function refusalOf(key: string): unknown {
  return expect.objectContaining({
    code: 'InvalidFormat',
    message: expect.stringContaining(`"${key}"`),
    details: { key },
  });
}
