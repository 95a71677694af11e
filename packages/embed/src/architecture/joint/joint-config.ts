import { parseShape } from '@ferrum/models';
import type { LayerConfig, TransformerConfig } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { layerNames, type TextEncoderNames } from '../tensor-names.js';
import { bert } from '../text/bert.js';
import { activationOf, positive, size } from '../text/config-values.js';
import { unsupportedArchitecture } from '../text/supported.js';
import type { TextEncoderConfig } from '../text-encoder-config.js';
import type { VisionEncoderConfig } from '../vision-encoder-config.js';

/** Two encoders whose vectors lie in one space (Radford et al. 2021). */
export interface JointConfig {
  readonly text: TextEncoderConfig;
  readonly textNames: TextEncoderNames;
  readonly textPooling: 'cls' | 'lasttoken';
  /** Every text is padded to so many tokens, and the padding is read (SigLIP). */
  readonly paddedTokens?: number;
  readonly vision: VisionEncoderConfig;
  /** Of the layers that bring both into one space, without `.weight`; absent: the encoder's own width is that of the space. */
  readonly textProjection?: string;
  readonly visionProjection?: string;
  readonly width: number;
  /** How the likeness of an image and texts becomes probabilities: one of all texts, or each by itself. */
  readonly likeness: 'softmax' | 'sigmoid';
}

/** @throws FerrumError `Unsupported` for another architecture, `InvalidFormat` for bad values. */
export function readJointConfig(json: unknown, file: string): JointConfig {
  const { model_type: type } = parseShape(v.object({ model_type: v.string() }), json, file);
  switch (type) {
    case 'clip':
      return clip(json, file);
    case 'chinese_clip':
      return chineseClip(json, file);
    case 'siglip':
      return siglip(json, file);
    default:
      throw unsupportedArchitecture(type);
  }
}

interface Defaults {
  readonly hidden: number;
  readonly inner: number;
  readonly layers: number;
  readonly heads: number;
  readonly activation: string;
  readonly epsilon: number;
}

/** A configuration leaves out what is as transformers has it by default. */
function layersSchema({ hidden, inner, layers, heads, activation, epsilon }: Defaults) {
  return {
    hidden_size: v.optional(size, hidden),
    intermediate_size: v.optional(size, inner),
    num_hidden_layers: v.optional(size, layers),
    num_attention_heads: v.optional(size, heads),
    hidden_act: v.optional(v.string(), activation),
    layer_norm_eps: v.optional(positive, epsilon),
  };
}

const clipDefaults = { hidden: 512, inner: 2048, layers: 12, heads: 8, activation: 'quick_gelu', epsilon: 1e-5 };
const clipText = v.object({
  ...layersSchema(clipDefaults),
  vocab_size: v.optional(size, 49_408),
  max_position_embeddings: v.optional(size, 77),
});
const clipVision = v.object({
  ...layersSchema({ ...clipDefaults, hidden: 768, inner: 3072, heads: 12 }),
  image_size: v.optional(size, 224),
  patch_size: v.optional(size, 32),
  num_channels: v.optional(v.literal(3), 3),
});
const clipSchema = v.object({
  projection_dim: v.optional(size, 512),
  text_config: v.optional(clipText, {}),
  vision_config: v.optional(clipVision, {}),
});

function clip(json: unknown, file: string): JointConfig {
  const { projection_dim: width, text_config: text, vision_config: vision } = parseShape(clipSchema, json, file);
  return {
    text: {
      ...encoder(text, file, true),
      architecture: 'clip',
      vocabularySize: text.vocab_size,
      maxTokens: text.max_position_embeddings,
      firstPosition: 0,
      tokenTypes: 0,
    },
    textNames: towerNames('text_model'),
    // The end of the text is its last token.
    textPooling: 'lasttoken',
    vision: visionEncoder('clip', vision, file, 'class-token'),
    textProjection: 'text_projection',
    visionProjection: 'visual_projection',
    width,
    likeness: 'softmax',
  };
}

const chineseClipSchema = v.object({
  projection_dim: v.optional(size, 512),
  text_config: v.optional(v.record(v.string(), v.unknown()), {}),
  vision_config: v.optional(clipVision, {}),
});
const chineseTextDefaults = {
  vocab_size: 30_522,
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  max_position_embeddings: 512,
};

function chineseClip(json: unknown, file: string): JointConfig {
  const { projection_dim: width, text_config: text, vision_config: vision } = parseShape(chineseClipSchema, json, file);
  const config = bert.readConfig({ ...chineseTextDefaults, ...text }, file);
  return {
    text: { ...config, architecture: 'chinese_clip' },
    textNames: bert.names('text_model.', config, () => true),
    textPooling: 'cls',
    vision: visionEncoder('chinese_clip', vision, file, 'class-token'),
    textProjection: 'text_projection',
    visionProjection: 'visual_projection',
    width,
    likeness: 'softmax',
  };
}

const siglipDefaults = {
  hidden: 768,
  inner: 3072,
  layers: 12,
  heads: 12,
  activation: 'gelu_pytorch_tanh',
  epsilon: 1e-6,
};
const siglipText = v.object({
  ...layersSchema(siglipDefaults),
  vocab_size: v.optional(size, 32_000),
  max_position_embeddings: v.optional(size, 64),
  projection_size: v.nullish(size),
});
const siglipVision = v.object({
  ...layersSchema(siglipDefaults),
  image_size: v.optional(size, 224),
  patch_size: v.optional(size, 16),
  num_channels: v.optional(v.literal(3), 3),
  vision_use_head: v.optional(v.literal(true), true),
});
const siglipSchema = v.object({
  text_config: v.optional(siglipText, {}),
  vision_config: v.optional(siglipVision, {}),
});

function siglip(json: unknown, file: string): JointConfig {
  const { text_config: text, vision_config: vision } = parseShape(siglipSchema, json, file);
  const width = text.projection_size ?? text.hidden_size;
  if (width !== vision.hidden_size) {
    throw new FerrumError(
      'InvalidFormat',
      `${file}: texts have ${width} values and images ${vision.hidden_size}; in one space they are equal.`,
    );
  }
  return {
    text: {
      ...encoder(text, file, false),
      architecture: 'siglip',
      vocabularySize: text.vocab_size,
      maxTokens: text.max_position_embeddings,
      firstPosition: 0,
      tokenTypes: 0,
    },
    textNames: towerNames('text_model'),
    textPooling: 'lasttoken',
    paddedTokens: text.max_position_embeddings,
    vision: visionEncoder('siglip', vision, file, 'attention'),
    textProjection: 'text_model.head',
    width,
    likeness: 'sigmoid',
  };
}

interface LayerSettings {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly hidden_act: string;
  readonly layer_norm_eps: number;
}

function encoder(settings: LayerSettings, file: string, isCausal: boolean): TransformerConfig {
  return {
    hiddenSize: settings.hidden_size,
    heads: settings.num_attention_heads,
    intermediateSize: settings.intermediate_size,
    activation: activationOf(settings.hidden_act, file),
    isGated: false,
    normEpsilon: settings.layer_norm_eps,
    hasBiases: true,
    normPlacement: 'before',
    isCausal,
    layers: Array.from({ length: settings.num_hidden_layers }, (): LayerConfig => ({})),
  };
}

function visionEncoder(
  architecture: string,
  settings: LayerSettings & { readonly image_size: number; readonly patch_size: number },
  file: string,
  pooling: VisionEncoderConfig['pooling'],
): VisionEncoderConfig {
  return {
    ...encoder(settings, file, false),
    architecture,
    imageSize: settings.image_size,
    patchSize: settings.patch_size,
    pooling,
  };
}

/** Names of either encoder. */
export function towerNames(prefix: string): TextEncoderNames {
  return {
    words: `${prefix}.embeddings.token_embedding`,
    positions: `${prefix}.embeddings.position_embedding`,
    layer: (index) =>
      layerNames(`${prefix}.encoder.layers.${index}`, {
        query: 'self_attn.q_proj',
        key: 'self_attn.k_proj',
        value: 'self_attn.v_proj',
        attentionOutput: 'self_attn.out_proj',
        attentionNorm: 'layer_norm1',
        up: 'mlp.fc1',
        down: 'mlp.fc2',
        feedForwardNorm: 'layer_norm2',
      }),
    finalNorm: `${prefix}.final_layer_norm`,
  };
}
