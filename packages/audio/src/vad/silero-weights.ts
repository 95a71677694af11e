import type { OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';

/** The weights of Silero VAD version 5 or 6 for 16 kHz. PyTorch's shapes, the gates of the LSTM in ONNX's order. */
export interface SileroWeights {
  /** [258, 256]: cosines of 129 frequencies, then sines, windowed. */
  readonly basis: Float32Array;
  /** Four convolutions: [128, 129, 3], [64, 128, 3], [64, 64, 3], [128, 64, 3]. */
  readonly convolutions: readonly SileroConvolution[];
  /** [512, 128]: input, output, forget, cell gate. */
  readonly inputGates: Float32Array;
  /** [512, 128] */
  readonly recurrentGates: Float32Array;
  /** [1024]: those of the input, then those of the state. */
  readonly gateBias: Float32Array;
  /** [128] */
  readonly headWeight: Float32Array;
  /** [1] */
  readonly headBias: Float32Array;
}

export interface SileroConvolution {
  /** [features, channels, 3] */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  readonly features: number;
  readonly channels: number;
}

/**
 * Takes the weights out of the model as published (both rates inside an If), of the export for 16 kHz alone, or of
 * faster-whisper's, which has the LSTM's weights in ONNX's order.
 * @throws FerrumError `Unsupported` for any other model, saying what was missing.
 */
export function sileroWeights(model: OnnxModel, path: string): SileroWeights {
  const graphs = allGraphs(model.graph);
  const file: ModelFile = { path, constants: new Map(graphs.flatMap(constantsOf)) };
  const graph = graphs.find(({ nodes }) => nodes.some((node) => hasShape(file, node.inputs[1], shapes.basis)));
  if (graph === undefined) throw unsupported(path, `no transform of the shape [${shapes.basis}]`);
  const layers = graph.nodes.filter(({ operator }) => operator === 'Conv');
  const [transform, ...others] = layers;
  const head = others[4];
  if (transform === undefined || head === undefined || layers.length !== 6) {
    throw unsupported(path, `${layers.length} convolutions instead of 6`);
  }
  return {
    basis: floats(file, transform.inputs[1], shapes.basis),
    convolutions: shapes.convolutions.map((shape, index) => convolution(file, others[index], shape, index)),
    ...gates(file, allGraphs(graph)),
    headWeight: floats(file, head.inputs[1], [1, stateSize, 1]),
    headBias: floats(file, head.inputs[2], [1]),
  };
}

/** Of h and of c. */
export const stateSize = 128;

const shapes = {
  basis: [258, 1, 256],
  convolutions: [
    { shape: [128, 129, 3], stride: 1 },
    { shape: [64, 128, 3], stride: 2 },
    { shape: [64, 64, 3], stride: 2 },
    { shape: [128, 64, 3], stride: 1 },
  ],
} as const;

interface ModelFile {
  readonly path: string;
  /** Of every subgraph too: their names are unique in these files. */
  readonly constants: ReadonlyMap<string, OnnxTensor>;
}

function allGraphs(graph: OnnxGraph): readonly OnnxGraph[] {
  const inner = graph.nodes.flatMap(({ attributes }) =>
    [...attributes.values()].flatMap((attribute) => (attribute.type === 'graph' ? allGraphs(attribute.value) : [])),
  );
  return [graph, ...inner];
}

function constantsOf({ initializers, nodes }: OnnxGraph): readonly [string, OnnxTensor][] {
  const constants = nodes.flatMap(({ operator, attributes, outputs }): [string, OnnxTensor][] => {
    const value = operator === 'Constant' ? attributes.get('value') : undefined;
    return value?.type === 'tensor' && outputs[0] !== undefined ? [[outputs[0], value.value]] : [];
  });
  return [...initializers.map((tensor): [string, OnnxTensor] => [tensor.name, tensor]), ...constants];
}

function convolution(
  file: ModelFile,
  node: OnnxNode | undefined,
  { shape, stride }: (typeof shapes.convolutions)[number],
  index: number,
): SileroConvolution {
  const strides = node?.attributes.get('strides');
  if (strides?.type !== 'ints' || Number(strides.value[0]) !== stride) {
    throw unsupported(file.path, `convolution ${index + 1} without a stride of ${stride}`);
  }
  return {
    weight: floats(file, node?.inputs[1], shape),
    bias: floats(file, node?.inputs[2], [shape[0]]),
    features: shape[0],
    channels: shape[1],
  };
}

function gates(
  file: ModelFile,
  graphs: readonly OnnxGraph[],
): Pick<SileroWeights, 'inputGates' | 'recurrentGates' | 'gateBias'> {
  const lstm = graphs.flatMap(({ nodes }) => nodes).find(({ operator }) => operator === 'LSTM');
  if (lstm === undefined) throw unsupported(file.path, 'no LSTM');
  const rows = 4 * stateSize;
  if (hasShape(file, lstm.inputs[1], [1, rows, stateSize])) {
    return {
      inputGates: floats(file, lstm.inputs[1], [1, rows, stateSize]),
      recurrentGates: floats(file, lstm.inputs[2], [1, rows, stateSize]),
      gateBias: floats(file, lstm.inputs[3], [1, 2 * rows]),
    };
  }
  const names = graphs.flatMap((graph) => constantsOf(graph).map(([name]) => name));
  const fromPyTorch = (suffix: string, shape: readonly number[]) => {
    // The export for one rate keeps its weights in the outermost graph.
    const name = [...names, ...file.constants.keys()].find((candidate) => candidate.endsWith(`rnn.${suffix}`));
    return reorderedGates(floats(file, name ?? `rnn.${suffix}`, shape));
  };
  const gateBias = new Float32Array(2 * rows);
  gateBias.set(fromPyTorch('bias_ih', [rows]));
  gateBias.set(fromPyTorch('bias_hh', [rows]), rows);
  return {
    inputGates: fromPyTorch('weight_ih', [rows, stateSize]),
    recurrentGates: fromPyTorch('weight_hh', [rows, stateSize]),
    gateBias,
  };
}

/** PyTorch's order is input, forget, cell, output; ONNX's input, output, forget, cell. */
function reorderedGates(gates: Float32Array): Float32Array {
  const size = gates.length / 4;
  const gate = (index: number) => gates.subarray(index * size, (index + 1) * size);
  const reordered = new Float32Array(gates.length);
  [gate(0), gate(3), gate(1), gate(2)].forEach((values, index) => {
    reordered.set(values, index * size);
  });
  return reordered;
}

function hasShape({ constants }: ModelFile, name: string | undefined, shape: readonly number[]): boolean {
  const tensor = constants.get(name ?? '');
  return tensor?.type === 'float32' && tensor.shape.join() === shape.join();
}

function floats(file: ModelFile, name: string | undefined, shape: readonly number[]): Float32Array {
  const tensor = file.constants.get(name ?? '');
  if (tensor?.type !== 'float32' || tensor.shape.join() !== shape.join() || tensor.data.kind !== 'inline') {
    const found = tensor === undefined ? 'no constant' : `${tensor.type} [${tensor.shape}]`;
    throw unsupported(file.path, `${found} "${name ?? ''}" where float32 [${shape}] belongs`);
  }
  // Copied, because the bytes lie anywhere in the file and floats only at multiples of 4.
  const values = new Float32Array(new Uint8Array(tensor.data.bytes).buffer);
  if (!values.every((value) => Number.isFinite(value))) {
    const message = `The voice activity model ${file.path} has weights "${name}" that are no numbers; get the file again.`;
    throw new FerrumError('InvalidFormat', message);
  }
  return values;
}

function unsupported(file: string, found: string): FerrumError {
  return new FerrumError(
    'Unsupported',
    `${file} is no voice activity model that Ferrum knows: it has ${found}. Expected Silero VAD version 5 or 6 as an .onnx ` +
      'file with 16 kHz.',
  );
}
