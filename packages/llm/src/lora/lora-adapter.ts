import { setImmediate as nextTurn } from 'node:timers/promises';
import { Tensor } from '@ferrum/onnx';
import type { DecoderConfig } from '../architecture/decoder-config.js';
import type { LayerOutliers } from '../architecture/outlier-channels.js';
import type { RunnerAdapter } from '../engine/model-runner.js';
import { outlierScale } from '../weights/row-quantized-layer.js';
import { type AdaptedLayer, outFeaturesOf } from './adapter-module.js';
import { type ChannelScales, type FusedMatrices, fusePairs } from './fuse-pairs.js';
import type { AdapterPair } from './read-adapter.js';

/** An adapter's part in one layer of a graph. */
export interface LayerMatrices {
  readonly rank: number;
  /** [inFeatures, rank]. */
  readonly a: Tensor<'float32'>;
  /** [rank, outFeatures]. */
  readonly b: Tensor<'float32'>;
}

export type GraphKind = 'decode' | 'prefill';

/** An adapter as the graphs take it, by the names of their layers. */
export class LoraAdapter implements RunnerAdapter {
  readonly decode = new Map<string, LayerMatrices>();
  readonly prefill = new Map<string, LayerMatrices>();

  private constructor(
    readonly id: number,
    /** Number of projections that it changes. */
    readonly projections: number,
  ) {}

  /**
   * Lays out the matrices, layer by layer, and lets the event loop turn between layers.
   * @param id tells it from others of the runner
   * @param outliers of the graph that reads prompts, where there is one
   */
  static async create(
    id: number,
    pairs: readonly AdapterPair[],
    config: DecoderConfig,
    outliers: readonly LayerOutliers[] | undefined,
  ): Promise<LoraAdapter> {
    const adapter = new LoraAdapter(id, pairs.length);
    for (const [name, own] of byLayer(pairs)) {
      const [{ module, place }] = own as [AdapterPair];
      const width = outFeaturesOf(place.layer, config);
      const plain = tensorsOf(fusePairs(own, width), module.inFeatures, width);
      adapter.decode.set(name, plain);
      const scales = outliers && scalesOf(place.layer, outliers[module.layer] as LayerOutliers);
      adapter.prefill.set(name, scales ? tensorsOf(fusePairs(own, width, scales), module.inFeatures, width) : plain);
      await nextTurn();
    }
    return adapter;
  }

  get bytes(): number {
    return [...this.#tensors()].reduce((sum, { size }) => sum + 4 * size, 0);
  }

  dispose(): void {
    for (const tensor of this.#tensors()) tensor.dispose();
  }

  #tensors(): Set<Tensor<'float32'>> {
    return new Set([...this.decode.values(), ...this.prefill.values()].flatMap(({ a, b }) => [a, b]));
  }
}

/** How a layer of the graph that reads prompts differs from the model's (`architecture/prefill-weights.ts`). */
function scalesOf(layer: AdaptedLayer, { queryKeyValue, gateUp, down }: LayerOutliers): ChannelScales | undefined {
  const scaled = (channels: readonly number[]): ReadonlyMap<number, number> =>
    new Map(channels.map((channel) => [channel, outlierScale]));
  switch (layer) {
    case 'queryKeyValue':
      return { inputs: scaled(queryKeyValue) };
    case 'mlp.gate':
      return { inputs: scaled(gateUp) };
    case 'mlp.up':
      return { inputs: scaled(gateUp), outputs: scaled(down) };
    case 'mlp.down':
      return { inputs: scaled(down) };
    case 'attentionOutput':
      return undefined;
  }
}

/** As the graph names it. */
export function layerNameOf({ module, place }: AdapterPair): string {
  return `layers.${module.layer}.${place.layer}`;
}

function byLayer(pairs: readonly AdapterPair[]): Map<string, AdapterPair[]> {
  const groups = new Map<string, AdapterPair[]>();
  for (const pair of pairs) {
    const name = layerNameOf(pair);
    groups.set(name, [...(groups.get(name) ?? []), pair]);
  }
  return groups;
}

function tensorsOf({ rank, a, b }: FusedMatrices, inFeatures: number, outFeatures: number): LayerMatrices {
  return {
    rank,
    a: Tensor.from('float32', [inFeatures, rank], a),
    b: Tensor.from('float32', [rank, outFeatures], b),
  };
}
