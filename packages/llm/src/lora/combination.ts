import { Tensor } from '@ferrum/onnx';
import type { GraphKind, LayerMatrices, LoraAdapter } from './lora-adapter.js';

/** Columns of a layer's mask that belong to one adapter. */
export interface Columns {
  readonly adapter: LoraAdapter;
  readonly first: number;
  readonly count: number;
}

export interface CombinedLayer extends LayerMatrices {
  readonly columns: readonly Columns[];
  /** Layers of one layout have the same mask. */
  readonly layout: string;
}

export interface LayerSize {
  readonly inFeatures: number;
  readonly outFeatures: number;
}

/** What a graph's layers take when rows of these adapters, and others without one, are in a run. */
export class Combination {
  readonly layers: ReadonlyMap<string, CombinedLayer>;
  readonly #own: Tensor[] = [];

  /** @param zeros of rank 1, for layers that none of the adapters changes */
  constructor(
    adapters: readonly LoraAdapter[],
    kind: GraphKind,
    sizes: ReadonlyMap<string, LayerSize>,
    zeros: (size: LayerSize) => LayerMatrices,
  ) {
    const layers = new Map<string, CombinedLayer>();
    for (const [name, size] of sizes) {
      const parts: LayerMatrices[] = [];
      const columns: Columns[] = [];
      let first = 0;
      for (const adapter of adapters) {
        const matrices = adapter[kind].get(name);
        if (!matrices) continue;
        parts.push(matrices);
        columns.push({ adapter, first, count: matrices.rank });
        first += matrices.rank;
      }
      const [only = zeros(size)] = parts;
      const layout = columns.map(({ adapter, count }) => `${adapter.id}:${count}`).join();
      layers.set(name, { ...(parts.length > 1 ? this.#join(parts, size, first) : only), columns, layout });
    }
    this.layers = layers;
  }

  dispose(): void {
    for (const tensor of this.#own) tensor.dispose();
  }

  #join(parts: readonly LayerMatrices[], { inFeatures, outFeatures }: LayerSize, rank: number): LayerMatrices {
    const a = Tensor.allocate('float32', [inFeatures, rank]);
    const b = Tensor.allocate('float32', [rank, outFeatures]);
    this.#own.push(a, b);
    let first = 0;
    for (const part of parts) {
      for (let i = 0; i < inFeatures; i++) {
        a.data.set(part.a.data.subarray(i * part.rank, (i + 1) * part.rank), i * rank + first);
      }
      b.data.set(part.b.data, first * outFeatures);
      first += part.rank;
    }
    return { rank, a, b };
  }
}
