import { FerrumError } from '@ferrum/registry/errors';
import { tensorTypeCode } from '../graph/tensor-type.js';
import { elementTypeFromCode, viewBuffer } from '../tensor/element-type.js';
import { formatShape } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import type { NativeLibrary } from './native-library.js';
import { addressArray, addressOf, viewMemory } from './native-memory.js';
import type { Address } from './ort-api.js';
import { readTensorInfo } from './value-info.js';

/** An OrtValue, freed when its last holder releases it; the first holder is the tensor it belongs to. */
export class NativeValue {
  readonly address: Address;
  /** The JavaScript memory that the value lies on; undefined when ONNX Runtime owns the memory. */
  readonly memory: ArrayBufferView | undefined;
  readonly #library: NativeLibrary;
  #holders = 1;

  constructor(library: NativeLibrary, address: Address, memory?: ArrayBufferView) {
    this.#library = library;
    this.address = address;
    this.memory = memory;
  }

  hold(): void {
    this.#holders++;
  }

  release(): void {
    this.#holders--;
    if (this.#holders === 0) this.#library.api.releaseValue(this.address);
  }
}

/** The OrtValues of one library's tensors. */
export class NativeValues {
  readonly #library: NativeLibrary;
  readonly #values = new WeakMap<Tensor, NativeValue>();
  /** Releases for those who never said that they were done. */
  readonly #collected = new FinalizationRegistry<NativeValue>((value) => value.release());

  constructor(library: NativeLibrary) {
    this.#library = library;
  }

  /** The OrtValue over the tensor's memory, made at its first use. The tensor must not be disposed. */
  of(tensor: Tensor): NativeValue {
    const known = this.#values.get(tensor);
    if (known !== undefined) return known;
    const memory = tensor.data;
    const value = new NativeValue(this.#library, this.#create(tensor, memory), memory);
    this.#belong(value, tensor);
    return value;
  }

  /** A tensor over an OrtValue that ONNX Runtime allocated; the tensor owns it from here on. */
  wrap(address: Address, name: string): Tensor {
    const value = new NativeValue(this.#library, address);
    try {
      const tensor = this.#describe(value, name);
      this.#belong(value, tensor);
      return tensor;
    } catch (error) {
      value.release();
      throw error;
    }
  }

  #belong(value: NativeValue, tensor: Tensor): void {
    this.#values.set(tensor, value);
    this.#collected.register(tensor, value, value);
    tensor.onDispose(() => {
      this.#collected.unregister(value);
      value.release();
    });
  }

  #create(tensor: Tensor, memory: ArrayBufferView): Address {
    const dims = BigInt64Array.from(tensor.dims, BigInt);
    // An empty array has no address, and ONNX Runtime refuses the null pointer.
    const data = memory.byteLength === 0 ? addressOf(nothing) : addressOf(memory);
    return this.#library.create(`make a value of shape ${formatShape(tensor.dims)}`, (out) =>
      this.#library.api.createTensorWithData(
        this.#library.cpuMemory,
        data,
        tensor.byteLength,
        dims,
        dims.length,
        tensorTypeCode(tensor.type),
        out,
      ),
    );
  }

  #describe(value: NativeValue, name: string): Tensor {
    const library = this.#library;
    const { address } = value;
    const info = library.create('get the shape of an output', (out) => library.api.getTensorTypeAndShape(address, out));
    const { typeCode, dims } = readTensorInfo(library, info);
    library.api.releaseTensorTypeAndShapeInfo(info);
    const type = elementTypeFromCode(typeCode);
    if (type === undefined) {
      throw new FerrumError(
        'Unsupported',
        `The output "${name}" has the element type ${typeCode}, which has no typed array.`,
      );
    }
    const tensor: Tensor = new Tensor(type, Array.from(dims, Number), () => {
      if (tensor.byteLength === 0) return viewBuffer(type, new ArrayBuffer(0), 0);
      const data = library.create('get the data of an output', (out) => library.api.getTensorMutableData(address, out));
      const buffer = viewMemory(data, tensor.byteLength);
      // The memory must outlive every array on it, so the buffer is a holder too, until it is collected.
      value.hold();
      this.#collected.register(buffer, value);
      return viewBuffer(type, buffer, tensor.size);
    });
    return tensor;
  }
}

const nothing = addressArray(1);
