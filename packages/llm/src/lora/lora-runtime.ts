import type { PreparedRun, Tensor } from '@ferrum/onnx';
import type { DecoderConfig } from '../architecture/decoder-config.js';
import type { KvType } from '../architecture/decoder-graph.js';
import type { AtRest, RunnerAdapter, RunnerAdapters } from '../engine/model-runner.js';
import { type DecoderRecord, readDecoderRecord } from '../import/decoder-record.js';
import { type DecoderGraphs, type DecoderGraphsOptions, openDecoderGraphs } from '../import/open-decoder-graphs.js';
import { outFeaturesOf } from './adapter-module.js';
import type { LayerSize } from './combination.js';
import { type GraphKind, LoraAdapter, layerNameOf } from './lora-adapter.js';
import { type LoraBinding, LoraInputs } from './lora-inputs.js';
import { openLoraGraphs } from './open-lora-graphs.js';
import type { AdapterPair } from './read-adapter.js';

export interface LoraRuntimeParts {
  readonly directory: string;
  readonly config: DecoderConfig;
  readonly options: DecoderGraphsOptions;
  readonly kvType: KvType;
  /** Lets runs use other graphs from now on, and disposes those before. */
  readonly swap: (graphs: DecoderGraphs) => Promise<void>;
}

/**
 * The adapters of a runner. While there is none, the model's own graphs run, so that they cost nothing; with the first one come
 * graphs whose targeted layers take matrices as inputs.
 */
export class LoraRuntime implements RunnerAdapters {
  projectionApplications = 0;
  #record: DecoderRecord | undefined;
  #inputs: LoraInputs | undefined;
  #sizes: ReadonlyMap<string, LayerSize> = new Map();
  readonly #adapters = new Set<LoraAdapter>();
  #ids = 0;

  constructor(private readonly parts: LoraRuntimeParts) {}

  async add(pairs: readonly AdapterPair[], atRest: AtRest): Promise<LoraAdapter> {
    const { directory, config, options, kvType } = this.parts;
    this.#record ??= await readDecoderRecord(directory);
    const adapter = await LoraAdapter.create(this.#ids++, pairs, config, this.#record.prefill?.outliers);
    try {
      const sizes = new Map([...this.#sizes, ...sizesOf(pairs, config)]);
      if (sizes.size > this.#sizes.size) {
        const graphs = await openLoraGraphs(directory, config, this.#record, new Set(sizes.keys()), options, kvType);
        await atRest(() => this.#swap(graphs, sizes));
      }
      this.#adapters.add(adapter);
      return adapter;
    } catch (error) {
      adapter.dispose();
      throw error;
    }
  }

  async remove(adapter: RunnerAdapter, atRest: AtRest): Promise<void> {
    if (!(adapter instanceof LoraAdapter) || !this.#adapters.has(adapter)) return;
    const { directory, options, kvType } = this.parts;
    const isLast = this.#adapters.size === 1;
    const graphs = isLast ? await openDecoderGraphs(directory, options, kvType) : undefined;
    await atRest(async () => {
      this.#adapters.delete(adapter);
      this.#inputs?.forget();
      if (graphs) await this.#swap(graphs, new Map());
      adapter.dispose();
    });
  }

  /** Further inputs of a run of these graphs; none while there are no adapters. */
  initial(kind: GraphKind, rows: number, isMasked: boolean): ReturnType<LoraInputs['initial']> | undefined {
    return this.#inputs?.initial(kind, rows, isMasked);
  }

  /** Binds a run to the adapters of its rows, which `add` gave. */
  bind(run: PreparedRun, binding: LoraBinding | undefined, rows: readonly (RunnerAdapter | undefined)[]): void {
    if (!binding || !this.#inputs) return;
    const adapters = rows.map((adapter) => (adapter instanceof LoraAdapter ? adapter : undefined));
    this.#inputs.bind(run, binding, adapters);
    for (const adapter of new Set(adapters)) this.projectionApplications += adapter?.projections ?? 0;
  }

  dispose(): void {
    this.#inputs?.dispose();
    for (const adapter of this.#adapters) adapter.dispose();
    this.#adapters.clear();
  }

  async #swap(graphs: DecoderGraphs, sizes: ReadonlyMap<string, LayerSize>): Promise<void> {
    this.#inputs?.dispose();
    this.#inputs = sizes.size > 0 ? new LoraInputs(sizes) : undefined;
    this.#sizes = sizes;
    await this.parts.swap(graphs);
  }
}

/** Masks of a binding that is not used any more. */
export function disposeBinding(binding: LoraBinding | undefined): void {
  for (const mask of binding?.masks?.values() ?? []) (mask as Tensor).dispose();
}

function sizesOf(pairs: readonly AdapterPair[], config: DecoderConfig): Iterable<[string, LayerSize]> {
  return pairs.map((pair) => [
    layerNameOf(pair),
    { inFeatures: pair.module.inFeatures, outFeatures: outFeaturesOf(pair.place.layer, config) },
  ]);
}
