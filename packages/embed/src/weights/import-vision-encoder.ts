import { imageChannels, type LinearWeights } from '@ferrum/onnx';
import { towerNames } from '../architecture/joint/joint-config.js';
import { type VisionEncoderConfig, visionTokens } from '../architecture/vision-encoder-config.js';
import type { AttentionPoolWeights, VisionEncoderWeights } from '../architecture/vision-encoder-graph.js';
import { importTransformer } from './import-transformer.js';
import type { LayerImporter } from './layer-importer.js';

const tower = 'vision_model';

/** Reads the image encoder of CLIP, Chinese-CLIP or SigLIP by the names that transformers gives it. */
export async function importVisionEncoder(
  importer: LayerImporter,
  config: VisionEncoderConfig,
): Promise<Omit<VisionEncoderWeights, 'head'>> {
  const { hiddenSize } = config;
  const { layer } = towerNames(tower);
  const hasClassToken = config.pooling === 'class-token';
  const positions = `${tower}.embeddings.position_embedding.weight`;
  return {
    patches: await importPatches(importer, config),
    positions: await importer.add(await importer.reader.values(positions, [visionTokens(config), hiddenSize])),
    ...(hasClassToken
      ? {
          classToken: await importer.vector(`${tower}.embeddings.class_embedding`, hiddenSize),
          // Spelled so in every file.
          embeddingNorm: await importer.norm(`${tower}.pre_layrnorm`, hiddenSize),
          classNorm: await importer.norm(`${tower}.post_layernorm`, hiddenSize),
        }
      : { attentionPool: await importAttentionPool(importer, config) }),
    ...(await importTransformer(importer, config, {
      layer,
      ...(hasClassToken ? {} : { finalNorm: `${tower}.post_layernorm` }),
    })),
  };
}

async function importPatches(
  importer: LayerImporter,
  { hiddenSize, patchSize, pooling }: VisionEncoderConfig,
): Promise<LinearWeights> {
  const name = `${tower}.embeddings.patch_embedding`;
  const inFeatures = imageChannels * patchSize ** 2;
  const weight = await importer.reader.values(`${name}.weight`, [hiddenSize, imageChannels, patchSize, patchSize]);
  // CLIP's patches have none, SigLIP's have.
  const bias = pooling === 'class-token' ? undefined : await importer.bias({ name }, hiddenSize);
  return importer.layer(weight, bias, inFeatures, hiddenSize);
}

async function importAttentionPool(
  importer: LayerImporter,
  { hiddenSize, intermediateSize }: VisionEncoderConfig,
): Promise<AttentionPoolWeights> {
  const { reader } = importer;
  const name = `${tower}.head`;
  const weights = await reader.values(`${name}.attention.in_proj_weight`, [3 * hiddenSize, hiddenSize]);
  const biases = await reader.values(`${name}.attention.in_proj_bias`, [3 * hiddenSize]);
  const projection = (index: number) => ({
    weight: weights.subarray(index * hiddenSize ** 2, (index + 1) * hiddenSize ** 2),
    bias: biases.subarray(index * hiddenSize, (index + 1) * hiddenSize),
  });
  const linear = ({ weight, bias }: ReturnType<typeof projection>) =>
    importer.layer(weight, bias, hiddenSize, hiddenSize);
  const probe = await reader.values(`${name}.probe`, [1, 1, hiddenSize]);
  return {
    query: await importer.add(project(probe, projection(0))),
    key: await linear(projection(1)),
    value: await linear(projection(2)),
    output: await importer.linear({ name: `${name}.attention.out_proj` }, hiddenSize, hiddenSize),
    norm: await importer.norm(`${name}.layernorm`, hiddenSize),
    up: await importer.linear({ name: `${name}.mlp.fc1` }, hiddenSize, intermediateSize),
    down: await importer.linear({ name: `${name}.mlp.fc2` }, intermediateSize, hiddenSize),
  };
}

function project(x: Float32Array, { weight, bias }: { weight: Float32Array; bias: Float32Array }): Float32Array {
  return Float32Array.from(bias, (shift, row) => {
    let sum = shift;
    for (let i = 0; i < x.length; i++) sum += (weight[row * x.length + i] as number) * (x[i] as number);
    return sum;
  });
}
