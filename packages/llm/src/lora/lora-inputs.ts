import { type PreparedRun, Tensor } from '@ferrum/onnx';
import { Combination, type LayerSize } from './combination.js';
import type { GraphKind, LayerMatrices, LoraAdapter } from './lora-adapter.js';

/** Which adapters a prepared run is bound to. */
export interface LoraBinding {
  readonly kind: GraphKind;
  combination: Combination;
  /** The adapter of each row. */
  rows: readonly (LoraAdapter | undefined)[];
  /** By layout, float32 [rows, rank]: 1 where a row has the adapter that the column belongs to. None for one row's graph. */
  masks: ReadonlyMap<string, Tensor<'float32'>> | undefined;
}

/** Joined matrices that are kept: batches go back and forth between few sets of adapters. */
const mostCombinations = 8;

/** The inputs that graphs with LoRA layers have besides. */
export class LoraInputs {
  readonly #zeros = new Map<string, LayerMatrices>();
  /** Least recently used first. */
  readonly #combinations = new Map<string, Combination>();

  /** @param sizes of the layers that take adapters, by name */
  constructor(private readonly sizes: ReadonlyMap<string, LayerSize>) {}

  /** Inputs of a run none of whose rows has an adapter. */
  initial(kind: GraphKind, rows: number, isMasked: boolean): { binding: LoraBinding; inputs: Record<string, Tensor> } {
    const none = Array.from({ length: rows }, () => undefined);
    const combination = this.#combination(kind, []);
    const masks = isMasked ? masksOf(combination, none) : undefined;
    const binding: LoraBinding = { kind, combination, rows: none, masks };
    return { binding, inputs: Object.fromEntries(inputsOf(binding)) };
  }

  /** Binds a run to the adapters of its rows. */
  bind(run: PreparedRun, binding: LoraBinding, rows: readonly (LoraAdapter | undefined)[]): void {
    const combination = this.#combination(binding.kind, rows);
    const isSame = combination === binding.combination;
    if (isSame && rows.every((adapter, row) => adapter === binding.rows[row])) return;
    const before = binding.masks;
    binding.combination = combination;
    binding.rows = [...rows];
    binding.masks = before && masksOf(combination, rows);
    for (const [name, tensor] of inputsOf(binding)) {
      if (!isSame || name.startsWith('lora_mask.')) run.set(name, tensor);
    }
    for (const mask of before?.values() ?? []) mask.dispose();
  }

  /** To be called when an adapter goes. Runs that were bound to it are bound anew before they run. */
  forget(): void {
    for (const combination of this.#combinations.values()) combination.dispose();
    this.#combinations.clear();
  }

  dispose(): void {
    this.forget();
    for (const { a, b } of this.#zeros.values()) for (const tensor of [a, b]) tensor.dispose();
  }

  #combination(kind: GraphKind, rows: readonly (LoraAdapter | undefined)[]): Combination {
    const adapters = [...new Set(rows)].filter((adapter) => adapter !== undefined).sort((a, b) => a.id - b.id);
    const key = [kind, ...adapters.map(({ id }) => id)].join();
    const known = this.#combinations.get(key);
    this.#combinations.delete(key);
    const combination = known ?? new Combination(adapters, kind, this.sizes, (size) => this.#zerosOf(size));
    this.#combinations.set(key, combination);
    if (this.#combinations.size > mostCombinations) {
      const [oldest] = this.#combinations as Iterable<[string, Combination]>;
      if (oldest) {
        this.#combinations.delete(oldest[0]);
        oldest[1].dispose();
      }
    }
    return combination;
  }

  #zerosOf({ inFeatures, outFeatures }: LayerSize): LayerMatrices {
    const key = `${inFeatures}x${outFeatures}`;
    let zeros = this.#zeros.get(key);
    if (!zeros) {
      zeros = {
        rank: 1,
        a: Tensor.allocate('float32', [inFeatures, 1]),
        b: Tensor.allocate('float32', [1, outFeatures]),
      };
      this.#zeros.set(key, zeros);
    }
    return zeros;
  }
}

function* inputsOf({ combination, masks }: LoraBinding): Iterable<[string, Tensor]> {
  for (const [name, { a, b, layout }] of combination.layers) {
    yield [`lora_a.${name}`, a];
    yield [`lora_b.${name}`, b];
    const mask = masks?.get(layout);
    if (mask) yield [`lora_mask.${name}`, mask];
  }
}

function masksOf(
  { layers }: Combination,
  rows: readonly (LoraAdapter | undefined)[],
): ReadonlyMap<string, Tensor<'float32'>> {
  const masks = new Map<string, Tensor<'float32'>>();
  for (const { layout, columns, rank } of layers.values()) {
    if (masks.has(layout)) continue;
    const mask = Tensor.allocate('float32', [rows.length, rank]);
    for (const [row, own] of rows.entries()) {
      for (const { adapter, first, count } of columns) {
        if (adapter === own) mask.data.fill(1, row * rank + first, row * rank + first + count);
      }
    }
    masks.set(layout, mask);
  }
  return masks;
}
