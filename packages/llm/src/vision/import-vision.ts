import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { TensorReader, type WeightFile } from '@ferrum/models';
import {
  ExternalDataWriter,
  imageChannels,
  type LayerWeights,
  type LinearWeights,
  type NormWeights,
  patchesOfSide,
} from '@ferrum/onnx';
import type { VisionConfig } from './vision-config.js';
import { buildVisionGraph, type VisionWeights } from './vision-graph.js';

/** Files of an imported model that sees, within its folder. */
export const visionGraphFile = 'vision.onnx';
const weightsFile = 'vision.bin';

/**
 * Writes the graph and weights of a model's image encoder into a folder, in float32: an image is computed once, and what it
 * becomes stands beside thousands of texts' tokens.
 * @param outputSize the decoder's hidden size
 * @throws FerrumError `InvalidFormat` naming a tensor that is missing or of another shape
 */
export async function importVision(
  weights: WeightFile,
  config: VisionConfig,
  outputSize: number,
  directory: string,
  onTensor: () => void,
): Promise<void> {
  const writer = await ExternalDataWriter.create(path.join(directory, weightsFile));
  try {
    const layers = new VisionLayers(new TensorReader(weights, onTensor), writer);
    const imported = await importWeights(layers, config, outputSize);
    await writeFile(path.join(directory, visionGraphFile), buildVisionGraph(config, imported));
  } finally {
    await writer.close();
  }
}

const tower = 'model.vision_model';

async function importWeights(layers: VisionLayers, config: VisionConfig, outputSize: number): Promise<VisionWeights> {
  const { hiddenSize, patchSize, scaleFactor } = config;
  const patch = `${tower}.embeddings.patch_embedding`;
  const patchDims = [hiddenSize, imageChannels, patchSize, patchSize];
  const imported: LayerWeights[] = [];
  for (let index = 0; index < config.layers.length; index++) {
    imported.push(await importLayer(layers, config, `${tower}.encoder.layers.${index}`));
  }
  return {
    patches: await layers.linear(patch, imageChannels * patchSize ** 2, hiddenSize, patchDims),
    positions: await layers.values(`${tower}.embeddings.position_embedding.weight`, [
      patchesOfSide(config) ** 2,
      hiddenSize,
    ]),
    layers: imported,
    finalNorm: await layers.norm(`${tower}.post_layernorm`, hiddenSize),
    connector: await layers.product(
      'model.connector.modality_projection.proj',
      hiddenSize * scaleFactor ** 2,
      outputSize,
    ),
  };
}

async function importLayer(layers: VisionLayers, config: VisionConfig, name: string): Promise<LayerWeights> {
  const { hiddenSize, intermediateSize } = config;
  const projection = (part: string) => layers.product(`${name}.self_attn.${part}`, hiddenSize, hiddenSize);
  const biases = ['q_proj', 'k_proj', 'v_proj'].map((part) => `${name}.self_attn.${part}.bias`);
  return {
    query: await projection('q_proj'),
    key: await projection('k_proj'),
    value: await projection('v_proj'),
    queryKeyValueBias: await layers.joined(biases, hiddenSize),
    attentionOutput: await layers.linear(`${name}.self_attn.out_proj`, hiddenSize, hiddenSize),
    attentionNorm: await layers.norm(`${name}.layer_norm1`, hiddenSize),
    up: await layers.linear(`${name}.mlp.fc1`, hiddenSize, intermediateSize),
    down: await layers.linear(`${name}.mlp.fc2`, intermediateSize, hiddenSize),
    feedForwardNorm: await layers.norm(`${name}.layer_norm2`, hiddenSize),
  };
}

/** Moves layers from a model's file into the file that the graph refers to. */
class VisionLayers {
  constructor(
    private readonly reader: TensorReader,
    private readonly writer: ExternalDataWriter,
  ) {}

  async linear(
    name: string,
    inFeatures: number,
    outFeatures: number,
    dims: readonly number[] = [outFeatures, inFeatures],
  ): Promise<LinearWeights> {
    const bias = await this.values(`${name}.bias`, [outFeatures]);
    return { ...(await this.product(name, inFeatures, outFeatures, dims)), bias };
  }

  /** A linear layer without its bias. */
  async product(
    name: string,
    inFeatures: number,
    outFeatures: number,
    dims: readonly number[] = [outFeatures, inFeatures],
  ): Promise<LinearWeights> {
    const rows = await this.reader.values(`${name}.weight`, dims);
    const columns = new Float32Array(rows.length);
    for (let row = 0, at = 0; row < outFeatures; row++) {
      for (let column = 0; column < inFeatures; column++) columns[column * outFeatures + row] = rows[at++] as number;
    }
    return { kind: 'float32', inFeatures, outFeatures, weight: await this.writer.add(columns) };
  }

  async norm(name: string, size: number): Promise<NormWeights> {
    return { scale: await this.values(`${name}.weight`, [size]), bias: await this.values(`${name}.bias`, [size]) };
  }

  async values(name: string, dims: readonly number[]): Promise<VisionWeights['positions']> {
    return this.writer.add(await this.reader.values(name, dims));
  }

  async joined(names: readonly string[], size: number): Promise<VisionWeights['positions']> {
    const joined = new Float32Array(names.length * size);
    for (const [index, name] of names.entries()) joined.set(await this.reader.values(name, [size]), index * size);
    return this.writer.add(joined);
  }
}
