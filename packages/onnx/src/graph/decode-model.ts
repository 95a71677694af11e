import { FerrumError } from '@ferrum/registry/errors';
import { decodeTensor } from './decode-tensor.js';
import type { Dimension } from './dimension.js';
import type {
  OnnxAttribute,
  OnnxFunction,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxOpset,
  OnnxTensor,
  OnnxValueInfo,
} from './model.js';
import { ProtobufReader } from './protobuf-reader.js';
import { type TensorType, tensorTypeFromCode } from './tensor-type.js';

/**
 * Reads a ModelProto. Inline tensor data are views of `bytes`; external data stay references. Documentation, value
 * annotations of inner values, sparse initializers and training information are passed over. Field numbers: onnx.proto.
 * @param label names the file in errors.
 * @throws FerrumError `InvalidFormat` for anything that isn't a well-formed model.
 */
export function decodeModel(bytes: Uint8Array, label = 'the ONNX model'): OnnxModel {
  try {
    return readModelMessage(new ProtobufReader(bytes));
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new FerrumError('InvalidFormat', `Cannot read ${label}: ${problem}. The file is damaged or not ONNX.`, {
      cause,
    });
  }
}

function readModelMessage(reader: ProtobufReader): OnnxModel {
  const model = { irVersion: 0, producerName: '', producerVersion: '' };
  const opsets: OnnxOpset[] = [];
  const metadata = new Map<string, string>();
  const functions: OnnxFunction[] = [];
  let graph: OnnxGraph | undefined;
  reader.fields((field) => {
    if (field === 1) model.irVersion = reader.safeInteger();
    else if (field === 2) model.producerName = reader.text();
    else if (field === 3) model.producerVersion = reader.text();
    else if (field === 7) graph = readGraph(reader);
    else if (field === 8) opsets.push(readOpset(reader));
    else if (field === 14) readMetadata(reader, metadata);
    else if (field === 25) functions.push(readFunction(reader));
  });
  if (graph === undefined) reader.fail('there is no graph in it');
  return { ...model, opsets, metadata, graph, functions };
}

function readOpset(reader: ProtobufReader): OnnxOpset {
  const opset = { domain: '', version: 0 };
  reader.message((field) => {
    if (field === 1) opset.domain = reader.text();
    else if (field === 2) opset.version = reader.safeInteger();
  });
  return opset;
}

function readMetadata(reader: ProtobufReader, metadata: Map<string, string>): void {
  let key = '';
  let value = '';
  reader.message((field) => {
    if (field === 1) key = reader.text();
    else if (field === 2) value = reader.text();
  });
  metadata.set(key, value);
}

function readGraph(reader: ProtobufReader): OnnxGraph {
  let name = '';
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const inputs: OnnxValueInfo[] = [];
  const outputs: OnnxValueInfo[] = [];
  reader.message((field) => {
    if (field === 1) nodes.push(readNode(reader));
    else if (field === 2) name = reader.text();
    else if (field === 5) initializers.push(decodeTensor(reader));
    else if (field === 11) inputs.push(readValueInfo(reader));
    else if (field === 12) outputs.push(readValueInfo(reader));
  });
  return { name, nodes, initializers, inputs, outputs };
}

function readFunction(reader: ProtobufReader): OnnxFunction {
  const names = { domain: '', name: '' };
  const inputs: string[] = [];
  const outputs: string[] = [];
  const nodes: OnnxNode[] = [];
  reader.message((field) => {
    if (field === 1) names.name = reader.text();
    else if (field === 4) inputs.push(reader.text());
    else if (field === 5) outputs.push(reader.text());
    else if (field === 7) nodes.push(readNode(reader));
    else if (field === 10) names.domain = reader.text();
  });
  return { ...names, inputs, outputs, nodes };
}

function readNode(reader: ProtobufReader): OnnxNode {
  const names = { name: '', operator: '', domain: '' };
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, OnnxAttribute>();
  reader.message((field) => {
    if (field === 1) inputs.push(reader.text());
    else if (field === 2) outputs.push(reader.text());
    else if (field === 3) names.name = reader.text();
    else if (field === 4) names.operator = reader.text();
    else if (field === 5) attributes.set(...readAttribute(reader));
    else if (field === 7) names.domain = reader.text();
  });
  return { ...names, inputs, outputs, attributes };
}

function readAttribute(reader: ProtobufReader): [string, OnnxAttribute] {
  let name = '';
  let code = 0;
  let reference = '';
  let float = 0;
  let int: number | bigint = 0;
  let string: string | Uint8Array = '';
  let tensor: OnnxTensor | undefined;
  let graph: OnnxGraph | undefined;
  const floats: number[] = [];
  const ints: (number | bigint)[] = [];
  const strings: (string | Uint8Array)[] = [];
  const tensors: OnnxTensor[] = [];
  const graphs: OnnxGraph[] = [];
  reader.message((field) => {
    if (field === 1) name = reader.text();
    else if (field === 2) float = reader.float();
    else if (field === 3) int = reader.integer();
    else if (field === 4) string = reader.textOrBytes();
    else if (field === 5) tensor = decodeTensor(reader);
    else if (field === 6) graph = readGraph(reader);
    else if (field === 7) reader.floats(floats);
    else if (field === 8) reader.integers(ints);
    else if (field === 9) strings.push(reader.textOrBytes());
    else if (field === 10) tensors.push(decodeTensor(reader));
    else if (field === 11) graphs.push(readGraph(reader));
    else if (field === 20) code = reader.safeInteger();
    else if (field === 21) reference = reader.text();
  });
  const attribute = (): OnnxAttribute => {
    if (reference !== '') return { type: 'reference', value: reference };
    if (code === 1) return { type: 'float', value: float };
    if (code === 2) return { type: 'int', value: int };
    if (code === 3) return { type: 'string', value: string };
    if (code === 4 && tensor) return { type: 'tensor', value: tensor };
    if (code === 5 && graph) return { type: 'graph', value: graph };
    if (code === 6) return { type: 'floats', value: floats };
    if (code === 7) return { type: 'ints', value: ints };
    if (code === 8) return { type: 'strings', value: strings };
    if (code === 9) return { type: 'tensors', value: tensors };
    if (code === 10) return { type: 'graphs', value: graphs };
    if (code >= 11 && code <= 14) return { type: 'other', code };
    return reader.fail(`attribute "${name}" has no value of its type ${code}`);
  };
  return [name, attribute()];
}

function readValueInfo(reader: ProtobufReader): OnnxValueInfo {
  let info: OnnxValueInfo = { name: '' };
  let name = '';
  reader.message((field) => {
    if (field === 1) name = reader.text();
    // TypeProto, of which only tensor_type (1) is read.
    else if (field === 2) {
      reader.message((kind) => {
        if (kind === 1) info = { ...readTensorType(reader), name: '' };
      });
    }
  });
  return { ...info, name };
}

function readTensorType(reader: ProtobufReader): Omit<OnnxValueInfo, 'name'> {
  let type: TensorType | undefined;
  let shape: Dimension[] | undefined;
  reader.message((field) => {
    if (field === 1) {
      const code = reader.safeInteger();
      type = tensorTypeFromCode(code);
      if (type === undefined && code !== 0) reader.fail(`element type ${code} is not known`);
    } else if (field === 2) {
      const dimensions: Dimension[] = [];
      reader.message((part) => {
        if (part === 1) dimensions.push(readDimension(reader));
      });
      shape = dimensions;
    }
  });
  return { ...(type && { type }), ...(shape && { shape }) };
}

function readDimension(reader: ProtobufReader): Dimension {
  let dimension: Dimension = '';
  reader.message((field) => {
    if (field === 1) dimension = reader.safeInteger();
    else if (field === 2) dimension = reader.text();
  });
  // Some exporters write −1 for an unknown size.
  return typeof dimension === 'number' && dimension < 0 ? '' : dimension;
}
