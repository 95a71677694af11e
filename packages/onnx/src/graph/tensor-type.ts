/** Element types by name, with their code in onnx.proto (`TensorProto.DataType`) and their width in bits. */
const elementTypes = {
  float32: { code: 1, bits: 32 },
  uint8: { code: 2, bits: 8 },
  int8: { code: 3, bits: 8 },
  uint16: { code: 4, bits: 16 },
  int16: { code: 5, bits: 16 },
  int32: { code: 6, bits: 32 },
  int64: { code: 7, bits: 64 },
  /** Text has no fixed width; the builder makes no constants of it. */
  string: { code: 8, bits: 0 },
  bool: { code: 9, bits: 8 },
  float16: { code: 10, bits: 16 },
  float64: { code: 11, bits: 64 },
  uint32: { code: 12, bits: 32 },
  uint64: { code: 13, bits: 64 },
  complex64: { code: 14, bits: 64 },
  complex128: { code: 15, bits: 128 },
  bfloat16: { code: 16, bits: 16 },
  float8e4m3fn: { code: 17, bits: 8 },
  float8e4m3fnuz: { code: 18, bits: 8 },
  float8e5m2: { code: 19, bits: 8 },
  float8e5m2fnuz: { code: 20, bits: 8 },
  uint4: { code: 21, bits: 4 },
  int4: { code: 22, bits: 4 },
  float4e2m1: { code: 23, bits: 4 },
} as const;

/** What the elements of a tensor in a graph are. */
export type TensorType = keyof typeof elementTypes;

export const tensorTypes = Object.keys(elementTypes) as readonly TensorType[];

export function tensorTypeCode(type: TensorType): number {
  return elementTypes[type].code;
}

export function tensorTypeFromCode(code: number): TensorType | undefined {
  return tensorTypes.find((type) => elementTypes[type].code === code);
}

/** Bytes of `elements` packed elements; two 4-bit elements share a byte. 0 for `string`. */
export function tensorByteLength(type: TensorType, elements: number): number {
  return Math.ceil((elements * elementTypes[type].bits) / 8);
}

export function isTensorType(type: unknown): type is TensorType {
  return typeof type === 'string' && Object.hasOwn(elementTypes, type);
}
