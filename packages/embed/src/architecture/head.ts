import {
  type Activation,
  activate,
  type GraphBuilder,
  type LinearWeights,
  linear,
  type NormWeights,
  residualNorm,
  type Value,
} from '@ferrum/onnx';
import type { PoolingMode } from './pooling.js';

/** What turns the hidden states of a sequence into one vector: pooling, then dense layers. */
export interface HeadConfig {
  readonly modes: readonly PoolingMode[];
  readonly layers: readonly HeadLayerConfig[];
}

export interface HeadLayerConfig {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly activation: Activation;
  /** Epsilon of a norm after the activation; absent: there is none. */
  readonly normEpsilon?: number;
}

export interface HeadLayerWeights {
  readonly linear: LinearWeights;
  readonly norm?: NormWeights;
}

/** Adds the dense layers to the graph. @param x float32 [batch, inFeatures] @returns float32 [batch, outFeatures] */
export function denseLayers(
  graph: GraphBuilder,
  x: Value,
  configs: readonly HeadLayerConfig[],
  weights: readonly HeadLayerWeights[],
  name: string,
): Value {
  let output = x;
  for (const [index, { linear: layer, norm: normWeights }] of weights.entries()) {
    const config = configs[index];
    if (!config) continue;
    const at = `${name}.${index}`;
    const product = linear(graph, output, layer, at);
    const activated = activate(graph, product, undefined, config.activation, `${at}.activation`);
    const { outFeatures: hiddenSize, normEpsilon = 0 } = config;
    output = residualNorm(graph, { sum: activated }, normWeights, { hiddenSize, normEpsilon }, `${at}.norm`).normed;
  }
  return output;
}

/** Values of the vector that the head gives. */
export function headWidth({ modes, layers }: HeadConfig, hiddenSize: number): number {
  return layers.at(-1)?.outFeatures ?? modes.length * hiddenSize;
}
