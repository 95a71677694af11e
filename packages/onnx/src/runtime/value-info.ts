import { FerrumError } from '@ferrum/registry/errors';
import { type ElementType, elementTypeFromCode, elementTypes } from '../tensor/element-type.js';
import type { NativeLibrary } from './native-library.js';
import { addressArray, readString } from './native-memory.js';
import type { Address } from './ort-api.js';
import { internalOperation } from './status.js';

/** An input or an output of a model. */
export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  /**
   * A number is fixed; a name stands for the same number wherever it occurs in one run; undefined may be anything. Empty for a
   * scalar, and for a value whose rank the model leaves open.
   */
  readonly dims: readonly (number | string | undefined)[];
}

/**
 * The inputs or the outputs of an open session, in the model's order.
 * @throws FerrumError `Unsupported` for one that is no tensor with a typed array.
 */
export function readValueInfos(library: NativeLibrary, session: Address, side: 'input' | 'output'): ValueInfo[] {
  const { api } = library;
  const functions =
    side === 'input'
      ? { count: api.sessionGetInputCount, name: api.sessionGetInputName, typeInfo: api.sessionGetInputTypeInfo }
      : { count: api.sessionGetOutputCount, name: api.sessionGetOutputName, typeInfo: api.sessionGetOutputTypeInfo };
  const count = Number(library.create(`count the ${side}s`, (out) => functions.count(session, out)));
  return Array.from({ length: count }, (_, index) => {
    const name = library.takeString(
      library.create(`read the name of ${side} ${index}`, (out) =>
        functions.name(session, index, library.allocator, out),
      ),
    );
    const typeInfo = library.create(`read the type of the ${side} "${name}"`, (out) =>
      functions.typeInfo(session, index, out),
    );
    try {
      return { name, ...readTypeInfo(library, typeInfo, `${side} "${name}"`) };
    } finally {
      api.releaseTypeInfo(typeInfo);
    }
  });
}

/** The element type and the dimensions, -1 for one that is not fixed, of an OrtTensorTypeAndShapeInfo. */
export function readTensorInfo(library: NativeLibrary, info: Address): { typeCode: number; dims: BigInt64Array } {
  const { api } = library;
  const type = new Int32Array(new ArrayBuffer(4));
  library.check(api.getTensorElementType(info, type), internalOperation('read an element type'));
  const rank = Number(library.create('read a rank', (out) => api.getDimensionsCount(info, out)));
  const dims = new BigInt64Array(new ArrayBuffer(Math.max(1, rank) * 8), 0, rank);
  library.check(api.getDimensions(info, dims, rank), internalOperation('read a shape'));
  return { typeCode: type[0] ?? 0, dims };
}

function readTypeInfo(library: NativeLibrary, typeInfo: Address, what: string): Pick<ValueInfo, 'type' | 'dims'> {
  const { api } = library;
  const info = library.create(`read the type of the ${what}`, (out) => api.castTypeInfoToTensorInfo(typeInfo, out));
  if (info === 0n) {
    throw new FerrumError('Unsupported', `The ${what} is a sequence, a map or optional; only tensors are supported.`);
  }
  const { typeCode, dims } = readTensorInfo(library, info);
  const type = elementTypeFromCode(typeCode);
  if (type === undefined) {
    throw new FerrumError(
      'Unsupported',
      `The ${what} has the ONNX element type ${typeCode}; supported are ${elementTypes.join(', ')}.`,
    );
  }
  const symbols = addressArray(dims.length);
  library.check(api.getSymbolicDimensions(info, symbols, dims.length), internalOperation('read symbolic dimensions'));
  return { type, dims: Array.from(dims, (dimension, axis) => dimensionOf(Number(dimension), symbols[axis] ?? 0n)) };
}

function dimensionOf(dimension: number, symbol: Address): number | string | undefined {
  if (dimension >= 0) return dimension;
  const name = symbol === 0n ? '' : readString(symbol);
  return name === '' ? undefined : name;
}
