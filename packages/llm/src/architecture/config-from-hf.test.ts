import { describe, expect, it } from 'vitest';
import { configFromHf } from './config-from-hf.js';

/** What every config.json of the family has. */
const smallest = {
  model_type: 'llama',
  vocab_size: 96,
  hidden_size: 64,
  intermediate_size: 160,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  rms_norm_eps: 1e-5,
  max_position_embeddings: 128,
};

const llama3 = {
  rope_type: 'llama3',
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 32,
};

const read = (changes: Readonly<Record<string, unknown>> = {}) =>
  configFromHf({ ...smallest, ...changes }, 'here.json');

describe('configFromHf', () => {
  it('fills in the defaults of transformers', () => {
    expect(read()).toEqual({
      architecture: 'llama',
      vocabularySize: 96,
      hiddenSize: 64,
      intermediateSize: 160,
      layers: 2,
      heads: 4,
      kvHeads: 4,
      headDim: 16,
      normEpsilon: 1e-5,
      rotary: { theta: 10000 },
      contextLength: 128,
      tiedEmbeddings: false,
    });
  });

  it('reads what a model sets itself', () => {
    const config = read({
      model_type: 'mistral',
      num_key_value_heads: 2,
      head_dim: 32,
      rope_theta: 100000,
      sliding_window: 8,
      tie_word_embeddings: true,
    });
    expect(config).toMatchObject({ architecture: 'mistral', kvHeads: 2, headDim: 32, slidingWindow: 8 });
    expect(config).toMatchObject({ rotary: { theta: 100000 }, tiedEmbeddings: true });
  });

  it('lets dynamic scaling go beyond the positions of the file, by its factor', () => {
    expect(
      read({ rope_scaling: { type: 'dynamic', factor: 2.5, original_max_position_embeddings: 32 } }),
    ).toMatchObject({
      contextLength: 320,
      rotary: { scaling: { type: 'dynamic', factor: 2.5, originalContextLength: 128 } },
    });
  });

  it('takes null for absent', () => {
    const nulls = [
      'num_key_value_heads',
      'head_dim',
      'rope_theta',
      'rope_scaling',
      'rope_parameters',
      'sliding_window',
    ];
    expect(read(Object.fromEntries(nulls.map((name) => [name, null])))).toEqual(read());
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['transformers 4', { rope_theta: 500000, rope_scaling: { type: 'linear', factor: 4 } }],
    ['transformers 4.43', { rope_theta: 500000, rope_scaling: { rope_type: 'linear', factor: 4 } }],
    ['transformers 5', { rope_parameters: { rope_type: 'linear', rope_theta: 500000, factor: 4 } }],
  ])('reads linear rotary scaling as %s writes it', (_name, changes) => {
    expect(read(changes).rotary).toEqual({ theta: 500000, scaling: { type: 'linear', factor: 4 } });
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['transformers 4', { rope_theta: 500000, rope_scaling: llama3 }],
    ['transformers 5', { rope_parameters: { ...llama3, rope_theta: 500000 } }],
  ])('reads Llama 3’s rotary scaling as %s writes it', (_name, changes) => {
    expect(read(changes).rotary).toEqual({
      theta: 500000,
      scaling: {
        type: 'llama3',
        factor: 8,
        lowFrequencyFactor: 1,
        highFrequencyFactor: 4,
        originalContextLength: 32,
      },
    });
  });

  it('reads parameters without scaling', () => {
    expect(read({ rope_parameters: { rope_type: 'default', rope_theta: 500000 } }).rotary).toEqual({ theta: 500000 });
    expect(read({ rope_parameters: { rope_theta: 500000 } }).rotary).toEqual({ theta: 500000 });
  });

  it.each(['falcon', 'gemma3n', 'LlamaForCausalLM'])(
    'refuses the architecture "%s" by its name, whatever else the file says',
    (type) => {
      expect(() => configFromHf({ model_type: type }, 'here.json')).toThrow(
        expect.objectContaining({
          code: 'Unsupported',
          message: expect.stringContaining(`"${type}"`),
          details: { architecture: type },
        }),
      );
    },
  );

  it.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    ['another activation', { hidden_act: 'relu' }, /here\.json: activation "relu".*silu, swish, gelu/],
    ['an inherited name as activation', { hidden_act: 'constructor' }, /activation "constructor"/],
    ['another scaling', { rope_scaling: { type: 'mrope' } }, /here\.json: rotary scaling "mrope".*linear.*longrope/],
    ['a head size that the kernel lacks', { head_dim: 24 }, /Head size 24/],
  ])('does not support %s', (_name, changes, message) => {
    expect(() => read(changes)).toThrow(
      expect.objectContaining({ code: 'Unsupported', message: expect.stringMatching(message) }),
    );
  });

  it.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    ['linear scaling without a factor', { rope_scaling: { type: 'linear' } }, /here\.json: .*"linear" lacks factor/],
    ...(['factor', 'low_freq_factor', 'high_freq_factor', 'original_max_position_embeddings'] as const).map(
      (name): [string, Readonly<Record<string, unknown>>, RegExp] => [
        `Llama 3’s scaling without ${name}`,
        { rope_scaling: { ...llama3, [name]: undefined } },
        new RegExp(`"llama3" lacks ${name}`),
      ],
    ),
    [
      'longrope scaling without factors',
      { rope_parameters: { rope_type: 'longrope' } },
      /"longrope" lacks short_factor/,
    ],
    ['more rotated elements than a head has', { partial_rotary_factor: 1.5 }, /rotates 24 of the 16 elements/],
    ['heads that KV heads cannot share', { num_key_value_heads: 3 }, /4 attention heads.* 3 KV heads/],
    ['more KV heads than heads', { num_key_value_heads: 8 }, /4 attention heads.* 8 KV heads/],
    ['an absurd vocabulary', { vocab_size: 1e12 }, /vocabularySize 1000000000000/],
  ])('finds %s', (_name, changes, message) => {
    expect(() => read(changes)).toThrow(
      expect.objectContaining({ code: 'InvalidFormat', message: expect.stringMatching(message) }),
    );
  });

  it.each(Object.keys(smallest))('names the file and %s when it is missing', (field) => {
    expect(() => read({ [field]: undefined })).toThrow(refusalOf(field));
  });

  it.each<[string, unknown]>([
    ['model_type', ['llama']],
    ['vocab_size', '96'],
    ['hidden_size', 64.5],
    ['num_hidden_layers', 0],
    ['num_attention_heads', -4],
    ['num_key_value_heads', 0],
    ['rms_norm_eps', 0],
    ['rope_theta', 'ten thousand'],
    ['rope_scaling', 'linear'],
    ['tie_word_embeddings', 'yes'],
    ['hidden_act', 1],
    ['sliding_window', 2.5],
  ])('names the file and %s when it is %o', (field, value) => {
    expect(() => read({ [field]: value })).toThrow(refusalOf(field));
  });

  it('names a field of the rotary parameters', () => {
    expect(() => read({ rope_parameters: { ...llama3, factor: -1 } })).toThrow(refusalOf('rope_parameters.factor'));
  });

  it.each([null, 'llama', 7, [smallest]])('refuses %j in place of an object', (json) => {
    expect(() => configFromHf(json, 'here.json')).toThrow(
      expect.objectContaining({ code: 'InvalidFormat', message: expect.stringContaining('here.json') }),
    );
  });
});

function refusalOf(field: string): unknown {
  return expect.objectContaining({
    code: 'InvalidFormat',
    message: expect.stringContaining(`here.json: field "${field}"`),
    details: { field },
  });
}
