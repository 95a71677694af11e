import type { Activation, LayerWeights, LinearWeights, TransformerConfig, TransformerWeights } from '@ferrum/onnx';
import type { LayerNames, LinearName } from '../architecture/tensor-names.js';
import type { LayerImporter } from './layer-importer.js';

export interface TransformerNames {
  readonly layer: (index: number) => LayerNames;
  readonly finalNorm?: string;
}

/** Largest magnitudes, over a sample, of what a layer's products read. */
export interface LayerInputs {
  /** [hiddenSize]. */
  readonly attention: Float32Array;
  /** [hiddenSize]. */
  readonly feedForward: Float32Array;
}

/** @param inputs of each layer; only 8-bit storage looks at them */
export async function importTransformer(
  importer: LayerImporter,
  config: TransformerConfig,
  names: TransformerNames,
  inputs: readonly LayerInputs[] = [],
): Promise<TransformerWeights> {
  const layers: LayerWeights[] = [];
  for (let index = 0; index < config.layers.length; index++) {
    layers.push(await importLayer(importer, config, names.layer(index), inputs[index]));
  }
  return {
    layers,
    ...(names.finalNorm === undefined ? {} : { finalNorm: await importer.norm(names.finalNorm, config.hiddenSize) }),
  };
}

async function importLayer(
  importer: LayerImporter,
  { hiddenSize, intermediateSize, activation, isGated }: TransformerConfig,
  names: LayerNames,
  inputs: LayerInputs | undefined,
): Promise<LayerWeights> {
  const heads = [names.query, names.key, names.value];
  const [query, key, value] = (await importer.siblings(heads, hiddenSize, hiddenSize, inputs?.attention)) as [
    LinearWeights,
    LinearWeights,
    LinearWeights,
  ];
  const joined = await joinBiases(importer, heads, hiddenSize);
  const gates = isGated && names.gate ? [names.gate] : [];
  const widening = [names.up, ...gates];
  const [up, gate] = await importer.siblings(widening, hiddenSize, intermediateSize, inputs?.feedForward);
  const lowerBound = isGated ? undefined : lowerBounds[activation];
  return {
    query,
    key,
    value,
    ...(joined ? { queryKeyValueBias: await importer.add(joined) } : {}),
    attentionOutput: await importer.linear(names.attentionOutput, hiddenSize, hiddenSize),
    ...(names.attentionNorm === undefined
      ? {}
      : { attentionNorm: await importer.norm(names.attentionNorm, hiddenSize) }),
    ...(gate ? { gate } : {}),
    up: up as LinearWeights,
    down: await importer.linear(
      names.down,
      intermediateSize,
      hiddenSize,
      lowerBound === undefined ? {} : { lowerBound },
    ),
    feedForwardNorm: await importer.norm(names.feedForwardNorm, hiddenSize),
  };
}

/** No value of the activation is less. */
const lowerBounds: Readonly<Partial<Record<Activation, number>>> = {
  gelu: -0.17,
  'gelu-tanh': -0.171,
  'quick-gelu': -0.164,
  silu: -0.279,
  relu: 0,
};

/** What is missing is 0; undefined when all are. */
async function joinBiases(
  importer: LayerImporter,
  names: readonly LinearName[],
  size: number,
): Promise<Float32Array | undefined> {
  const biases = await Promise.all(names.map((name) => importer.bias(name, size)));
  if (biases.every((bias) => bias === undefined)) return undefined;
  const joined = new Float32Array(names.length * size);
  for (const [index, bias] of biases.entries()) if (bias) joined.set(bias, index * size);
  return joined;
}
