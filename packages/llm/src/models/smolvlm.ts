import { parseShape, wholeNumber } from '@ferrum/models';
import { activations } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import type { VisionConfig } from '../vision/vision-config.js';
import { hfNames } from '../weights/tensor-names.js';
import type { DecoderFamily } from './family.js';
import { requireField } from './hf-config.js';
import { llama } from './llama.js';

const size = v.pipe(wholeNumber, v.minValue(1), v.maxValue(1_048_576));
const layers = v.pipe(wholeNumber, v.minValue(1), v.maxValue(1024));

/** Defaults are those of `transformers`, which leaves them out of files. */
const visionSchema = v.object({
  hidden_size: v.optional(size, 1152),
  intermediate_size: v.optional(size, 3072),
  num_hidden_layers: v.optional(layers, 12),
  num_attention_heads: v.optional(size, 16),
  num_channels: v.optional(size, 3),
  image_size: v.optional(v.pipe(size, v.maxValue(8192)), 224),
  patch_size: v.optional(size, 32),
  hidden_act: v.optional(v.string(), 'gelu_pytorch_tanh'),
  layer_norm_eps: v.optional(v.pipe(v.number(), v.finite(), v.gtValue(0)), 1e-6),
});

const schema = v.object({
  model_type: v.string(),
  text_config: v.looseObject({ model_type: v.optional(v.string(), 'llama') }),
  vision_config: visionSchema,
  scale_factor: v.optional(size, 2),
  image_token_id: v.optional(v.pipe(wholeNumber, v.minValue(0)), 128_257),
  tie_word_embeddings: v.optional(v.boolean(), false),
});

/** `LlamaConfig`, with the norms of `SmolVLMConfig`. */
const textDefaults = {
  vocab_size: 32_000,
  hidden_size: 4096,
  intermediate_size: 11_008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  max_position_embeddings: 2048,
  rms_norm_eps: 1e-5,
};

/** SmolVLM 1 and 2 and Idefics 3: a SigLIP encoder whose patches a Llama reads as tokens. */
export const smolvlm: DecoderFamily = {
  name: 'SmolVLM and Idefics 3',
  modelTypes: ['smolvlm', 'idefics3'],
  fromHf: (json, file) => {
    const config = parseShape(schema, json, file);
    const { model_type: textType, ...text } = config.text_config;
    requireField(file, 'text_config.model_type', textType, 'llama');
    const decoder = llama.fromHf(
      { ...textDefaults, ...text, model_type: textType, tie_word_embeddings: config.tie_word_embeddings },
      file,
    );
    const vision = visionOf(config, file);
    if (vision.imageToken >= decoder.vocabularySize) {
      const { imageToken } = vision;
      throw wrong(file, 'image_token_id', `${imageToken} is not among the ${decoder.vocabularySize} tokens`);
    }
    return { ...decoder, architecture: config.model_type, vision };
  },
  hfNames: { ...hfNames({ prefix: 'model.text_model.' }), ignored: /^model\.(vision_model|connector)\./ },
};

function visionOf(config: v.InferOutput<typeof schema>, file: string): VisionConfig {
  const { vision_config: vision, scale_factor: scaleFactor, image_token_id: imageToken } = config;
  requireField(file, 'vision_config.num_channels', vision.num_channels, 3);
  const activation = activations.get(vision.hidden_act);
  if (!activation) requireField(file, 'vision_config.hidden_act', vision.hidden_act, ...activations.keys());
  const { hidden_size: hiddenSize, num_attention_heads: heads, image_size: imageSize, patch_size: patchSize } = vision;
  if (hiddenSize % heads !== 0) {
    throw wrong(file, 'vision_config.num_attention_heads', `${heads} heads do not divide the size ${hiddenSize}`);
  }
  const side = Math.floor(imageSize / patchSize);
  if (side < 1) throw wrong(file, 'vision_config.patch_size', `${patchSize} is more than the image has, ${imageSize}`);
  if (side % scaleFactor !== 0) {
    throw wrong(file, 'scale_factor', `${scaleFactor} does not divide the ${side} patches of an image's side`);
  }
  return {
    hiddenSize,
    heads,
    intermediateSize: vision.intermediate_size,
    activation: activation ?? 'gelu-tanh',
    isGated: false,
    normEpsilon: vision.layer_norm_eps,
    hasBiases: true,
    normPlacement: 'before',
    isCausal: false,
    layers: Array.from({ length: vision.num_hidden_layers }, () => ({})),
    imageSize,
    patchSize,
    scaleFactor,
    imageToken,
  };
}

function wrong(file: string, field: string, problem: string): FerrumError {
  return new FerrumError('InvalidFormat', `${file}: ${field}: ${problem}.`, { details: { field } });
}
