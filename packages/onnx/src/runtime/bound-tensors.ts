import { FerrumError } from '@ferrum/registry/errors';
import { formatShape } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { addressArray, addressOf } from './native-memory.js';
import type { NativeSession } from './native-session.js';
import type { NativeValue } from './native-value.js';
import type { Address } from './ort-api.js';
import type { ValueInfo } from './value-info.js';

/**
 * The tensors on one side of a run, as the two arrays that ONNX Runtime takes: addresses of names and addresses of values.
 * An output without a tensor is a null value: ONNX Runtime allocates it.
 */
export class BoundTensors {
  readonly infos: readonly ValueInfo[];
  readonly namesAddress: Address;
  readonly valuesAddress: Address;

  readonly #session: NativeSession;
  readonly #side: 'input' | 'output';
  readonly #indices: ReadonlyMap<string, number>;
  readonly #tensors: (Tensor | undefined)[];
  readonly #values: (NativeValue | undefined)[];
  readonly #nameAddresses: BigUint64Array;
  readonly #valueAddresses: BigUint64Array;

  constructor(session: NativeSession, side: 'input' | 'output', infos: readonly ValueInfo[]) {
    this.#session = session;
    this.#side = side;
    this.infos = infos;
    this.#indices = new Map(infos.map(({ name }, index) => [name, index]));
    this.#tensors = infos.map(() => undefined);
    this.#values = infos.map(() => undefined);
    this.#nameAddresses = addressArray(infos.length);
    this.#valueAddresses = addressArray(infos.length);
    for (const [index, { name }] of infos.entries()) this.#nameAddresses[index] = session.nameAddresses.get(name) ?? 0n;
    this.namesAddress = addressOf(this.#nameAddresses);
    this.valuesAddress = addressOf(this.#valueAddresses);
  }

  has(name: string): boolean {
    return this.#indices.has(name);
  }

  tensor(index: number): Tensor | undefined {
    return this.#tensors[index];
  }

  /** @throws FerrumError `InvalidParameter` when there is such a name and the tensor does not fit. */
  requireFit(name: string, tensor: Tensor): void {
    const info = this.infos[this.#indices.get(name) ?? -1];
    if (info !== undefined) this.#requireFit(info, tensor);
  }

  /** @throws FerrumError `InvalidParameter` when the tensor does not fit. */
  set(name: string, tensor: Tensor): void {
    this.requireFit(name, tensor);
    const index = this.#indices.get(name);
    if (index === undefined) return;
    const value = this.#session.library.values.of(tensor);
    this.#tensors[index] = tensor;
    this.#values[index] = value;
    this.#valueAddresses[index] = value.address;
  }

  /**
   * Keeps every value alive until `release`.
   * @throws FerrumError `InvalidParameter` when a tensor was disposed or its memory has gone to another thread.
   */
  hold(): void {
    for (let index = 0; index < this.#tensors.length; index++) {
      const tensor = this.#tensors[index];
      const memory = this.#values[index]?.memory;
      if (tensor?.disposed) throw this.#invalid(this.infos[index], 'is a tensor that has been disposed');
      if (memory !== undefined && memory.byteLength !== tensor?.byteLength) {
        throw this.#invalid(this.infos[index], 'lies on a buffer that has been transferred or resized');
      }
    }
    for (const value of this.#values) value?.hold();
  }

  release(): void {
    for (const value of this.#values) value?.release();
  }

  /** The values that ONNX Runtime allocated, by name; their places are null again for the next run. */
  takeAllocated(): ReadonlyMap<string, Address> {
    const allocated = new Map<string, Address>();
    for (const [index, { name }] of this.infos.entries()) {
      const address = this.#valueAddresses[index] ?? 0n;
      if (this.#tensors[index] !== undefined || address === 0n) continue;
      allocated.set(name, address);
      this.#valueAddresses[index] = 0n;
    }
    return allocated;
  }

  #requireFit(info: ValueInfo, tensor: Tensor): void {
    if (!(tensor instanceof Tensor)) throw this.#invalid(info, `must be a Tensor, got ${typeof tensor}`);
    if (tensor.disposed) throw this.#invalid(info, 'is a tensor that has been disposed');
    if (tensor.type !== info.type) throw this.#invalid(info, `has the type ${tensor.type}, expected ${info.type}`);
    // An empty shape is a scalar or an unknown rank: ONNX Runtime knows which, and checks it.
    if (info.dims.length === 0) return;
    const fits =
      tensor.dims.length === info.dims.length &&
      info.dims.every((expected, axis) => typeof expected !== 'number' || expected === tensor.dims[axis]);
    if (fits) return;
    throw this.#invalid(info, `has the shape ${formatShape(tensor.dims)}, expected ${formatShape(info.dims)}`);
  }

  #invalid(info: ValueInfo | undefined, problem: string): FerrumError {
    const name = info?.name ?? '?';
    return new FerrumError(
      'InvalidParameter',
      `The ${this.#side} "${name}" of ${this.#session.modelPath} ${problem}.`,
      { details: { [this.#side]: name } },
    );
  }
}
