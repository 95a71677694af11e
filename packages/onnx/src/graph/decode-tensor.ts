import { bytesOf } from './bytes-of.js';
import type { ExternalData } from './external-data.js';
import type { OnnxTensor, OnnxTensorData } from './model.js';
import type { ProtobufReader } from './protobuf-reader.js';
import { type TensorType, tensorByteLength, tensorTypeFromCode } from './tensor-type.js';

/** Reads a TensorProto (field numbers: onnx.proto) and checks that its data are as long as its shape says. */
export function decodeTensor(reader: ProtobufReader): OnnxTensor {
  const fields: TensorFields = {
    name: '',
    code: 0,
    shape: [],
    segmented: false,
    raw: undefined,
    floats: [],
    integers: [],
    strings: [],
    doubles: [],
    external: new Map(),
    isExternal: false,
  };
  reader.message((field) => readTensorField(reader, field, fields));
  const { name } = fields;
  const type = tensorTypeFromCode(fields.code);
  if (type === undefined) return reader.fail(`tensor "${name}" has the unknown element type ${fields.code}`);
  if (fields.segmented) return reader.fail(`tensor "${name}" is split into segments, which no reader supports`);
  const shape = fields.shape.map((size) => {
    if (typeof size === 'bigint' || size < 0) return reader.fail(`tensor "${name}" has a dimension of ${size}`);
    return size;
  });
  const elements = shape.reduce((product, size) => product * size, 1);
  if (!Number.isSafeInteger(elements * 16)) return reader.fail(`tensor "${name}" has too many elements`);
  return { name, type, shape, data: dataOf(reader, fields, type, elements) };
}

interface TensorFields {
  name: string;
  code: number;
  readonly shape: (number | bigint)[];
  segmented: boolean;
  raw: Uint8Array | undefined;
  readonly floats: number[];
  readonly integers: bigint[];
  readonly strings: (string | Uint8Array)[];
  readonly doubles: number[];
  readonly external: Map<string, string>;
  isExternal: boolean;
}

function readTensorField(reader: ProtobufReader, field: number, fields: TensorFields): void {
  if (field === 1) reader.integers(fields.shape);
  else if (field === 2) fields.code = reader.safeInteger();
  else if (field === 3) fields.segmented = true;
  else if (field === 4) reader.floats(fields.floats);
  // int32_data, int64_data and uint64_data hold varints alike; the element type says how wide they are.
  else if (field === 5 || field === 7 || field === 11) reader.int64s(fields.integers);
  else if (field === 6) fields.strings.push(reader.textOrBytes());
  else if (field === 8) fields.name = reader.text();
  else if (field === 9) fields.raw = reader.bytes();
  else if (field === 10) reader.doubles(fields.doubles);
  else if (field === 13) readExternalEntry(reader, fields.external);
  else if (field === 14) fields.isExternal = reader.safeInteger() === 1;
}

function readExternalEntry(reader: ProtobufReader, entries: Map<string, string>): void {
  let key = '';
  let value = '';
  reader.message((field) => {
    if (field === 1) key = reader.text();
    else if (field === 2) value = reader.text();
  });
  entries.set(key, value);
}

function dataOf(reader: ProtobufReader, fields: TensorFields, type: TensorType, elements: number): OnnxTensorData {
  const { name } = fields;
  const byteLength = tensorByteLength(type, elements);
  if (fields.isExternal) {
    return { kind: 'external', reference: externalReference(reader, name, fields.external, byteLength) };
  }
  if (type === 'string') {
    if (fields.strings.length !== elements) {
      reader.fail(`tensor "${name}" holds ${fields.strings.length} strings where its shape has ${elements}`);
    }
    return { kind: 'strings', strings: fields.strings };
  }
  const bytes = fields.raw ?? packedBytes(fields, type);
  if (bytes.length !== byteLength) {
    reader.fail(`tensor "${name}" holds ${bytes.length} bytes where its shape and type need ${byteLength}`);
  }
  return { kind: 'inline', bytes };
}

function externalReference(
  reader: ProtobufReader,
  name: string,
  entries: ReadonlyMap<string, string>,
  byteLength: number,
): ExternalData {
  const number = (key: string, fallback: number) => {
    const text = entries.get(key);
    if (text === undefined) return fallback;
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return Number.isSafeInteger(value) ? value : reader.fail(`tensor "${name}" has the external ${key} "${text}"`);
  };
  const location = entries.get('location');
  if (!location) return reader.fail(`tensor "${name}" is external but names no file`);
  const length = number('length', byteLength);
  if (length !== byteLength) {
    reader.fail(`tensor "${name}" has ${length} external bytes where its shape and type need ${byteLength}`);
  }
  return { location, offset: number('offset', 0), byteLength: length };
}

/** Elements that were written one by one as numbers, as bytes. */
function packedBytes(fields: TensorFields, type: TensorType): Uint8Array {
  if (type === 'float32' || type === 'complex64') return bytesOf(Float32Array.from(fields.floats));
  if (type === 'float64' || type === 'complex128') return bytesOf(Float64Array.from(fields.doubles));
  const { integers } = fields;
  if (type === 'int64' || type === 'uint64') return bytesOf(BigInt64Array.from(integers));
  const numbers = integers.map(Number);
  if (type === 'int32' || type === 'uint32') return bytesOf(Int32Array.from(numbers));
  const isTwoBytesWide = tensorByteLength(type, 1) === 2;
  // Two 4-bit elements share one entry, as they share a byte.
  return isTwoBytesWide ? bytesOf(Int16Array.from(numbers)) : bytesOf(Int8Array.from(numbers));
}
