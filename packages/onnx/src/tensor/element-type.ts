import { type TensorType, tensorTypeFromCode } from '../graph/tensor-type.js';

/**
 * The tensor types that have a typed array. `bool` is one byte an element; float16 and bfloat16 are their bits in a
 * Uint16Array.
 */
export type ElementType = keyof typeof arrays;

/** The typed array that holds elements of type `T`. */
export type TensorData<T extends ElementType = ElementType> = InstanceType<(typeof arrays)[T]>;

/** The type with this number in onnx.proto, which ONNX Runtime shares; undefined when it has no typed array. */
export function elementTypeFromCode(code: number): ElementType | undefined {
  const type = tensorTypeFromCode(code);
  return isElementType(type) ? type : undefined;
}

export function isElementType(value: unknown): value is ElementType {
  return typeof value === 'string' && Object.hasOwn(arrays, value);
}

export function bytesPerElement(type: ElementType): number {
  return arrays[type].BYTES_PER_ELEMENT;
}

/** A typed array of `length` elements at the start of `buffer`. */
export function viewBuffer<T extends ElementType>(type: T, buffer: ArrayBuffer, length: number): TensorData<T> {
  return new arrays[type](buffer, 0, length) as TensorData<T>;
}

export function isDataOfType<T extends ElementType>(type: T, data: unknown): data is TensorData<T> {
  return data instanceof arrays[type];
}

/** The name of the typed array that `type` needs, for messages. */
export function arrayNameOf(type: ElementType): string {
  return arrays[type].name;
}

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const satisfies { readonly [T in TensorType]?: unknown };

export const elementTypes = Object.keys(arrays) as readonly ElementType[];
