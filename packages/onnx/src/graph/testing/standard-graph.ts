import type { GraphBuilder, Value } from '../graph-builder.js';

/** Adds nodes of every standard operator in the table, and gives all their outputs. */
export function addStandardNodes(graph: GraphBuilder): readonly Value[] {
  const x = graph.input('x', 'float32', ['batch', 'tokens', 8]);
  const ids = graph.input('ids', 'int64', ['batch', 'tokens']);
  const mask = graph.input('mask', 'bool', ['batch', 'tokens']);
  const waves = graph.input('waves', 'float32', ['batch', 4, 100]);
  const matrix = graph.initializer('matrix', 'float32', [8, 6], new Float32Array(48).fill(0.5));
  const bias = graph.float32s([1, 2, 3, 4, 5, 6]);
  const scale = graph.float32s([1, 1, 1, 1, 1, 1, 1, 1]);
  const half = graph.scalar('float32', 0.5);
  const kernel = graph.initializer('kernel', 'float32', [6, 2, 3], new Float32Array(36).fill(0.1));
  const upKernel = graph.initializer('upKernel', 'float32', [4, 3, 4], new Float32Array(48).fill(0.1));
  const bytes = graph.initializer('bytes', 'int8', [8, 6], new Int8Array(48).fill(3));
  const zero = graph.scalar('uint8', 128);
  const axis = (at: number) => graph.int64s([at]);
  const one = (operator: string, inputs: readonly (Value | undefined)[], attributes = {}) =>
    graph.node(operator, inputs, { attributes });
  const unary = ['Sigmoid', 'Tanh', 'Erf', 'Sqrt', 'Exp', 'Log', 'Neg', 'Relu', 'Abs', 'Identity', 'Gelu'];
  const shape = one('Shape', [x]);
  const tokens = one('Gather', [shape, axis(1)], { axis: 0 });
  const flat = one('Reshape', [x, graph.int64s([-1, 8])]);
  const quantized = one('QuantizeLinear', [flat, half, zero]);
  return [
    ...unary.map((operator) => one(operator, [x])),
    ...['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Equal', 'Less', 'Greater'].map((operator) => one(operator, [x, scale])),
    one('And', [mask, one('Not', [mask])]),
    one('Where', [one('Unsqueeze', [mask, axis(-1)]), x, half]),
    one('Cast', [ids], { to: 'float16' }),
    one('Clip', [x, half]),
    one('MatMul', [x, matrix]),
    one('Gemm', [flat, matrix, bias], { alpha: 0.5 }),
    one('Gemm', [matrix, flat], { transA: 1, transB: 1 }),
    one('Transpose', [x], { perm: [0, 2, 1] }),
    one('Transpose', [waves]),
    flat,
    one('Reshape', [x, graph.int64s([0, 0, 2, 4])]),
    one('Reshape', [x, one('Concat', [graph.int64s([-1]), tokens, graph.int64s([4, 2])], { axis: 0 })]),
    one('Squeeze', [one('Slice', [waves, axis(0), axis(1), axis(1)]), axis(1)]),
    one('Unsqueeze', [x, graph.int64s([1, -1])]),
    one('Concat', [x, one('Slice', [x, axis(0), axis(3), axis(-1)])], { axis: -1 }),
    ...graph.nodes('Split', [x, graph.int64s([5, 3])], { outputs: 2, attributes: { axis: 2 } }),
    ...graph.nodes('Split', [waves], { outputs: 3, attributes: { axis: 2, num_outputs: 3 } }),
    one('Slice', [waves, axis(-1), graph.int64s([2n ** 63n - 1n]), axis(2)]),
    one('Slice', [waves, axis(90), axis(-200), axis(2), axis(-7)]),
    one('Gather', [matrix, ids]),
    one('GatherND', [x, one('Unsqueeze', [ids, axis(-1)])], { batch_dims: 1 }),
    one('ScatterND', [
      matrix,
      graph.initializer('places', 'int64', [1, 1], new BigInt64Array(1)),
      graph.initializer('row', 'float32', [1, 6], new Float32Array(6)),
    ]),
    one('GatherElements', [matrix, graph.initializer('rows', 'int64', [2, 6], new BigInt64Array(12))]),
    one('Expand', [one('Unsqueeze', [half, axis(0)]), shape]),
    shape,
    one('Shape', [x], { start: 1, end: -1 }),
    one(
      'Range',
      [0, 10, 3].map((value) => graph.scalar('int64', value)),
    ),
    one('ReduceSum', [x, axis(-1)], { keepdims: 0 }),
    one('ReduceMean', [x, graph.int64s([1, 2])]),
    one('ReduceMax', [waves]),
    one('ReduceMax', [waves], { noop_with_empty_axes: 1 }),
    one('Softmax', [x], { axis: 1 }),
    one('LogSoftmax', [x], { axis: 1 }),
    ...graph.nodes('LayerNormalization', [x, scale, scale], { outputs: 3, attributes: { epsilon: 1e-5 } }),
    one('Conv', [waves, kernel, bias], { group: 2, strides: [2], pads: [1, 2], dilations: [2] }),
    one('Conv', [waves, kernel], { group: 2, auto_pad: 'SAME_UPPER', strides: [3] }),
    one('ConvTranspose', [waves, upKernel], { strides: [2], pads: [1, 1], output_padding: [1] }),
    one('Pad', [waves, graph.int64s([1, 2]), half, axis(2)]),
    one('Pad', [waves, graph.int64s([0, 0, 3, 0, 0, -5])], { mode: 'reflect' }),
    one('Gelu', [x], { approximate: 'tanh' }),
    one('Tile', [waves, graph.int64s([1, 2, 3])]),
    one('CumSum', [x, graph.scalar('int64', 1)], { exclusive: 1 }),
    ...graph.nodes('TopK', [x, axis(3)], { outputs: 2 }),
    one('ArgMax', [x], { axis: -1, keepdims: 0 }),
    one('ConstantOfShape', [graph.int64s([2, 3])]),
    quantized,
    one('DequantizeLinear', [quantized, half, zero]),
    one('DequantizeLinear', [bytes, graph.float32s([1, 1, 1, 1, 1, 1])], { axis: 1 }),
    ...graph.nodes('DynamicQuantizeLinear', [x], { outputs: 3 }),
    one('MatMulInteger', [quantized, bytes, zero]),
  ];
}
