import { describe, expect, it } from 'vitest';
import { configFromHf } from '../architecture/config-from-hf.js';
import { tokensOfFrame, type VisionConfig } from '../vision/vision-config.js';

/** As the 256M model's config.json has it, less what changes nothing. */
const config = {
  model_type: 'idefics3',
  image_token_id: 49190,
  scale_factor: 4,
  tie_word_embeddings: false,
  text_config: {
    model_type: 'llama',
    head_dim: 64,
    hidden_size: 576,
    intermediate_size: 1536,
    max_position_embeddings: 8192,
    num_attention_heads: 9,
    num_hidden_layers: 30,
    num_key_value_heads: 3,
    rms_norm_eps: 1e-5,
    rope_theta: 100000,
    vocab_size: 49280,
  },
  vision_config: { hidden_size: 768, image_size: 512, num_attention_heads: 12, patch_size: 16 },
};
const read = (changes: object) => configFromHf({ ...config, ...changes }, 'config.json');
const vision = (changes: object) => read({ vision_config: { ...config.vision_config, ...changes } });

describe('SmolVLM', () => {
  it('fills in what transformers leaves out of the part that sees', () => {
    const read = configFromHf(config, 'config.json');
    expect(read).toMatchObject({ architecture: 'idefics3', layers: 30, vocabularySize: 49280, tiedEmbeddings: false });
    expect(read.vision).toMatchObject({ hiddenSize: 768, heads: 12, intermediateSize: 3072, activation: 'gelu-tanh' });
    expect(read.vision?.layers).toHaveLength(12);
    expect(tokensOfFrame(read.vision as VisionConfig)).toBe(64);
  });

  it.each([
    [() => vision({ num_channels: 1 }), 'Unsupported', 'vision_config.num_channels'],
    [() => vision({ hidden_act: 'wave' }), 'Unsupported', 'vision_config.hidden_act'],
    [() => vision({ num_attention_heads: 7 }), 'InvalidFormat', 'vision_config.num_attention_heads'],
    [() => vision({ patch_size: 1024 }), 'InvalidFormat', 'vision_config.patch_size'],
    [() => vision({ image_size: [512, 512] }), 'InvalidFormat', 'vision_config.image_size'],
    [() => vision({ image_size: 1e9 }), 'InvalidFormat', 'vision_config.image_size'],
    [() => read({ vision_config: undefined }), 'InvalidFormat', 'vision_config'],
    [() => read({ scale_factor: 5 }), 'InvalidFormat', 'scale_factor'],
    [() => read({ scale_factor: 0 }), 'InvalidFormat', 'scale_factor'],
    [() => read({ image_token_id: 49280 }), 'InvalidFormat', 'image_token_id'],
    [
      () => read({ text_config: { ...config.text_config, model_type: 'mamba' } }),
      'Unsupported',
      'text_config.model_type',
    ],
  ])('names what is wrong: %s', (make, code, field) => {
    expect(make).toThrow(expect.objectContaining({ code, message: expect.stringContaining(field) }));
  });
});
