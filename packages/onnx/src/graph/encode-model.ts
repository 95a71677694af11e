import { PbfWriter } from 'pbf';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from './model.js';
import { tensorTypeCode } from './tensor-type.js';

/** Writes a ModelProto; equal models give equal bytes. Field numbers: onnx.proto. Functions are not written. */
export function encodeModel(model: Omit<OnnxModel, 'functions'>): Uint8Array {
  const writer = new PbfWriter();
  writer.writeVarintField(1, model.irVersion);
  writer.writeStringField(2, model.producerName);
  writer.writeStringField(3, model.producerVersion);
  writer.writeMessage(7, writeGraph, model.graph);
  for (const { domain, version } of model.opsets) {
    writer.writeMessage(
      8,
      (_, inner) => {
        inner.writeStringField(1, domain);
        inner.writeVarintField(2, version);
      },
      undefined,
    );
  }
  for (const [key, value] of model.metadata) writer.writeMessage(14, writeEntry, { key, value });
  return writer.finish();
}

function writeGraph(graph: OnnxGraph, writer: PbfWriter): void {
  for (const node of graph.nodes) writer.writeMessage(1, writeNode, node);
  writer.writeStringField(2, graph.name);
  for (const tensor of graph.initializers) writer.writeMessage(5, writeTensor, tensor);
  for (const info of graph.inputs) writer.writeMessage(11, writeValueInfo, info);
  for (const info of graph.outputs) writer.writeMessage(12, writeValueInfo, info);
}

function writeNode(node: OnnxNode, writer: PbfWriter): void {
  for (const input of node.inputs) writer.writeStringField(1, input);
  for (const output of node.outputs) writer.writeStringField(2, output);
  writer.writeStringField(3, node.name);
  writer.writeStringField(4, node.operator);
  for (const [name, attribute] of node.attributes) {
    writer.writeMessage(5, (value, inner) => writeAttribute(name, value, inner), attribute);
  }
  if (node.domain !== '') writer.writeStringField(7, node.domain);
}

/** `AttributeProto.AttributeType`. */
const attributeCodes = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
} as const;

function writeAttribute(name: string, attribute: OnnxAttribute, writer: PbfWriter): void {
  if (attribute.type === 'reference' || attribute.type === 'other') {
    throw new TypeError(`The attribute "${name}" (${attribute.type}) cannot be written outside of its function.`);
  }
  writer.writeStringField(1, name);
  writeAttributeValue(attribute, writer);
  writer.writeVarintField(20, attributeCodes[attribute.type]);
}

function writeAttributeValue(
  attribute: Exclude<OnnxAttribute, { type: 'reference' | 'other' }>,
  writer: PbfWriter,
): void {
  const { type, value } = attribute;
  if (type === 'float') writer.writeFloatField(2, value);
  else if (type === 'int') writeInteger(3, value, writer);
  else if (type === 'string') writeText(4, value, writer);
  else if (type === 'tensor') writer.writeMessage(5, writeTensor, value);
  else if (type === 'graph') writer.writeMessage(6, writeGraph, value);
  else if (type === 'floats') for (const element of value) writer.writeFloatField(7, element);
  else if (type === 'ints') for (const element of value) writeInteger(8, element, writer);
  else if (type === 'strings') for (const element of value) writeText(9, element, writer);
  else if (type === 'tensors') for (const element of value) writer.writeMessage(10, writeTensor, element);
  else for (const element of value) writer.writeMessage(11, writeGraph, element);
}

function writeTensor(tensor: OnnxTensor, writer: PbfWriter): void {
  for (const size of tensor.shape) writer.writeVarintField(1, size);
  writer.writeVarintField(2, tensorTypeCode(tensor.type));
  writer.writeStringField(8, tensor.name);
  const { data } = tensor;
  if (data.kind === 'inline') writer.writeBytesField(9, data.bytes);
  else if (data.kind === 'strings') for (const text of data.strings) writeText(6, text, writer);
  else {
    const { location, offset, byteLength } = data.reference;
    // Numbers are written in decimal here, so that offsets past 2 GiB need nothing special.
    writer.writeMessage(13, writeEntry, { key: 'location', value: location });
    writer.writeMessage(13, writeEntry, { key: 'offset', value: String(offset) });
    writer.writeMessage(13, writeEntry, { key: 'length', value: String(byteLength) });
    writer.writeVarintField(14, 1);
  }
}

function writeEntry(entry: { readonly key: string; readonly value: string }, writer: PbfWriter): void {
  writer.writeStringField(1, entry.key);
  writer.writeStringField(2, entry.value);
}

function writeValueInfo(info: OnnxValueInfo, writer: PbfWriter): void {
  writer.writeStringField(1, info.name);
  const { type, shape } = info;
  if (type === undefined) return;
  writer.writeMessage(
    2,
    (_, typeProto) => {
      typeProto.writeMessage(
        1,
        (__, tensorType) => {
          tensorType.writeVarintField(1, tensorTypeCode(type));
          if (shape) tensorType.writeMessage(2, writeShape, shape);
        },
        undefined,
      );
    },
    undefined,
  );
}

function writeShape(shape: readonly (number | string)[], writer: PbfWriter): void {
  for (const dimension of shape) {
    writer.writeMessage(
      1,
      (_, inner) => {
        if (typeof dimension === 'number') inner.writeVarintField(1, dimension);
        else if (dimension !== '') inner.writeStringField(2, dimension);
      },
      undefined,
    );
  }
}

function writeText(field: number, text: string | Uint8Array, writer: PbfWriter): void {
  writer.writeBytesField(field, typeof text === 'string' ? new TextEncoder().encode(text) : text);
}

/** pbf writes numbers exactly up to 2^53; larger ones go byte by byte. */
function writeInteger(field: number, value: number | bigint, writer: PbfWriter): void {
  if (typeof value === 'number') {
    writer.writeVarintField(field, value);
    return;
  }
  writer.writeTag(field, 0);
  let rest = BigInt.asUintN(64, value);
  writer.realloc(10);
  while (rest > 0x7fn) {
    writer.buf[writer.pos++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  writer.buf[writer.pos++] = Number(rest);
}
