import { FerrumError } from '@ferrum/registry/errors';
import {
  arrayNameOf,
  bytesPerElement,
  type ElementType,
  elementTypes,
  isDataOfType,
  isElementType,
  type TensorData,
  viewBuffer,
} from './element-type.js';
import { elementCount, formatShape } from './shape.js';

/**
 * A typed, shaped view on memory: row-major, dense. Make one with `Tensor.allocate` or `Tensor.from`. Native runs read and
 * write the same bytes that `data` shows, without a copy.
 */
export class Tensor<T extends ElementType = ElementType> {
  readonly type: T;
  readonly dims: readonly number[];
  /** Number of elements. */
  readonly size: number;
  readonly byteLength: number;

  #open: (() => TensorData<T>) | undefined;
  #data: TensorData<T> | undefined;
  #disposed = false;
  #disposeListeners: (() => void)[] = [];

  /** For those that own native memory: `open` gives the view on it when someone first asks for `data`. */
  constructor(type: T, dims: readonly number[], open: () => TensorData<T>) {
    this.type = type;
    this.dims = Object.freeze([...dims]);
    this.size = elementCount(dims);
    this.byteLength = this.size * bytesPerElement(type);
    this.#open = open;
  }

  /**
   * A zero-filled tensor. The operating system commits large memory page by page as it is first written.
   * @throws FerrumError `InvalidParameter` for a bad type or shape, `ResourceExhausted` when there is no such memory.
   */
  static allocate<T extends ElementType>(type: T, dims: readonly number[]): Tensor<T> {
    requireElementType(type);
    const size = elementCount(dims);
    const data = viewBuffer(type, allocateBytes(size * bytesPerElement(type), dims), size);
    return new Tensor(type, dims, () => data);
  }

  /**
   * A tensor on the caller's own typed array, without a copy; the array must be of the kind that `type` needs and as long as
   * `dims` say. Do not transfer its buffer to another thread while the tensor is in use.
   * @throws FerrumError `InvalidParameter`.
   */
  static from<T extends ElementType>(type: T, dims: readonly number[], data: TensorData<T>): Tensor<T> {
    requireElementType(type);
    const size = elementCount(dims);
    if (!isDataOfType(type, data)) {
      throw new FerrumError(
        'InvalidParameter',
        `A tensor of type ${type} is held in a ${arrayNameOf(type)}, got ${describe(data)}.`,
      );
    }
    if (!(data.buffer instanceof ArrayBuffer)) {
      throw new FerrumError(
        'InvalidParameter',
        'A tensor cannot lie on a SharedArrayBuffer, because another thread could change it during a run; copy it first.',
      );
    }
    if (data.length !== size) {
      throw new FerrumError(
        'InvalidParameter',
        `A tensor of shape ${formatShape(dims)} has ${size} elements, but the array given has ${data.length}.`,
      );
    }
    return new Tensor(type, dims, () => data);
  }

  /**
   * The elements, row-major; the same array at each call.
   * @throws FerrumError `InvalidParameter` once the tensor is disposed.
   */
  get data(): TensorData<T> {
    if (this.#data === undefined) {
      if (this.#open === undefined) throw new FerrumError('InvalidParameter', 'This tensor has been disposed.');
      this.#data = this.#open();
      this.#open = undefined;
    }
    return this.#data;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /**
   * Another shape on the same memory, from element `elementOffset` on: all of it, or a contiguous part.
   * @throws FerrumError `InvalidParameter` when it would reach past the end.
   */
  view(dims: readonly number[], elementOffset = 0): Tensor<T> {
    const size = elementCount(dims);
    if (!Number.isSafeInteger(elementOffset) || elementOffset < 0 || elementOffset + size > this.size) {
      throw new FerrumError(
        'InvalidParameter',
        `A view of shape ${formatShape(dims)} from element ${elementOffset} on does not fit in a tensor of ` +
          `${this.size} elements (shape ${formatShape(this.dims)}).`,
      );
    }
    const part = this.data.subarray(elementOffset, elementOffset + size) as TensorData<T>;
    return new Tensor(this.type, dims, () => part);
  }

  /** Calls `listener` once when the tensor is disposed; how a runtime learns that it may free what belongs to the tensor. */
  onDispose(listener: () => void): void {
    this.#disposeListeners.push(listener);
  }

  /**
   * Lets the memory go. A run in flight that uses the tensor keeps the memory until it ends, and so does whoever still
   * holds `data`.
   */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#open = undefined;
    this.#data = undefined;
    for (const listener of this.#disposeListeners.splice(0)) listener();
  }
}

function requireElementType(type: unknown): void {
  if (isElementType(type)) return;
  throw new FerrumError(
    'InvalidParameter',
    `${JSON.stringify(type)} is not a tensor type; the types are ${elementTypes.join(', ')}.`,
  );
}

function allocateBytes(bytes: number, dims: readonly number[]): ArrayBuffer {
  try {
    return new ArrayBuffer(bytes);
  } catch (cause) {
    throw new FerrumError(
      'ResourceExhausted',
      `There is no memory for a tensor of shape ${formatShape(dims)} (${bytes} bytes).`,
      { cause },
    );
  }
}

function describe(value: unknown): string {
  return typeof value === 'object' && value !== null ? value.constructor.name : typeof value;
}
