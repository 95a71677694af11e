import path from 'node:path';
import { openWeights, TensorReader, type WeightFile } from '@ferrum/models';
import type { HeadLayerConfig } from '../architecture/head.js';
import { type JointConfig, readJointConfig } from '../architecture/joint/joint-config.js';
import { checkHeads } from '../architecture/text/supported.js';
import { requireJson } from './sentence-settings.js';
import type { HeadLayerSource, TextSource } from './text-source.js';

/** A model of texts and images on disk, understood. */
export interface JointSource {
  readonly weights: WeightFile;
  readonly config: JointConfig;
  readonly text: TextSource;
  readonly visionHead: readonly HeadLayerConfig[];
  readonly visionHeadLayers: readonly HeadLayerSource[];
  /** How much a cosine counts, and what is added, before likeness becomes a probability. */
  readonly logits: { readonly scale: number; readonly bias: number };
}

/** Opens the folder of a CLIP-like model. @throws FerrumError for anything it can't open, naming it. */
export async function openJointSource(directory: string): Promise<JointSource> {
  const weights = await openWeights(directory, ['safetensors']);
  try {
    const file = path.join(directory, 'config.json');
    const config = readJointConfig(await requireJson(file), file);
    for (const tower of [config.text, config.vision]) checkHeads(tower, file);
    const { text, vision, width } = config;
    const textHead = projection(config.textProjection, text.hiddenSize, width);
    const visionHead = projection(config.visionProjection, vision.hiddenSize, width);
    return {
      weights,
      config,
      text: {
        weights,
        config: text,
        names: config.textNames,
        head: { modes: [config.textPooling], layers: textHead.layers },
        headLayers: textHead.sources,
        settings: {
          normalizes: true,
          lowercases: false,
          prompts: {},
          includesPrompt: true,
          maxTokens: text.maxTokens,
        },
      },
      visionHead: visionHead.layers,
      visionHeadLayers: visionHead.sources,
      logits: await readLogits(weights),
    };
  } catch (error) {
    await weights.close();
    throw error;
  }
}

function projection(
  name: string | undefined,
  inFeatures: number,
  outFeatures: number,
): { readonly layers: readonly HeadLayerConfig[]; readonly sources: readonly HeadLayerSource[] } {
  if (name === undefined) return { layers: [], sources: [] };
  return { layers: [{ inFeatures, outFeatures, activation: 'identity' }], sources: [{ linear: name }] };
}

async function readLogits(weights: WeightFile): Promise<JointSource['logits']> {
  const reader = new TensorReader(weights, () => {});
  const scalar = async (name: string): Promise<number | undefined> => {
    const tensor = weights.tensors.get(name);
    return tensor && (await reader.values(name, tensor.dims.length === 0 ? [] : [1]))[0];
  };
  return { scale: Math.exp((await scalar('logit_scale')) ?? 0), bias: (await scalar('logit_bias')) ?? 0 };
}
