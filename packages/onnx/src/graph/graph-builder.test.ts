import { FerrumError } from '@ferrum/registry/errors';
import { describe, expect, it } from 'vitest';
import { decodeModel } from './decode-model.js';
import { GraphBuilder, type Value } from './graph-builder.js';
import type { OnnxTensor } from './model.js';
import type { TensorType } from './tensor-type.js';

function failure(action: () => unknown): FerrumError {
  try {
    action();
  } catch (error) {
    if (FerrumError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

function build(make: (graph: GraphBuilder) => void) {
  const graph = new GraphBuilder({ name: 'g' });
  make(graph);
  return graph.build();
}

describe('GraphBuilder', () => {
  const make = (graph: GraphBuilder) => {
    const x = graph.input('x', 'float32', ['batch', 4]);
    const [left, right] = graph.nodes('Split', [x, graph.int64s([1, 3])], { outputs: 2, attributes: { axis: 1 } });
    graph.output('y', graph.node('Add', [left, right], { name: 'sum' }));
  };

  it('gives equal bytes for equal calls', () => {
    expect(build(make)).toEqual(build(make));
  });

  it('declares what was given', () => {
    const { graph, opsets, irVersion } = decodeModel(build(make));
    expect({ irVersion, opsets }).toEqual({
      irVersion: 10,
      opsets: [
        { domain: '', version: 21 },
        { domain: 'com.microsoft', version: 1 },
      ],
    });
    expect(graph.inputs).toEqual([{ name: 'x', type: 'float32', shape: ['batch', 4] }]);
    expect(graph.outputs).toEqual([{ name: 'y', type: 'float32', shape: ['batch', 3] }]);
    expect(graph.nodes.map(({ name, outputs }) => `${name} ${outputs}`)).toEqual([
      'Split_0 Split_0:0,Split_0:1',
      'sum y',
    ]);
  });

  it('keeps one of equal constants', () => {
    const graph = new GraphBuilder({ name: 'g' });
    expect(graph.int64s([1, 2])).toBe(graph.int64s([1n, 2n]));
    expect(graph.int64s([1])).not.toBe(graph.scalar('int64', 1));
    expect(graph.float32s([0])).not.toBe(graph.float32s([-0]));
    expect(() => graph.scalar('uint8', 256)).toThrow(/uint8 cannot hold all of \[256\]/);
    expect(() => graph.int64s([1.5])).toThrow(/cannot hold/);
  });

  it('names an output without a copy, or with one where the value has a name already', () => {
    const { graph } = decodeModel(
      build((builder) => {
        const x = builder.input('x', 'float32', [2]);
        const y = builder.node('Neg', [x]);
        builder.output('y', y);
        builder.output('again', y);
        builder.output('same', x);
      }),
    );
    expect(graph.nodes.map(({ operator, inputs, outputs }) => `${operator} ${inputs} ${outputs}`)).toEqual([
      'Neg x y',
      'Identity y again',
      'Identity x same',
    ]);
  });

  it('leaves out inputs and outputs', () => {
    const { graph } = decodeModel(
      build((builder) => {
        const x = builder.input('x', 'float32', ['tokens', 4]);
        const weight = builder.float32s([1, 1, 1, 1]);
        const limit = builder.scalar('float32', 1);
        const [normalized, mean, deviation, sum] = builder.nodes('SkipSimplifiedLayerNormalization', [x, x, weight], {
          outputs: ['normalized', undefined, undefined, 'sum'],
        });
        expect([mean, deviation]).toEqual([undefined, undefined]);
        builder.output('clipped', builder.node('Clip', [normalized, undefined, limit]));
        builder.output('total', sum);
      }),
    );
    expect(graph.nodes.map(({ inputs }) => inputs.slice(1))).toEqual([
      ['x', 'constant_0'],
      ['', 'constant_1'],
    ]);
    expect(graph.nodes[0]?.outputs).toEqual(['normalized', '', '', 'total']);
  });

  it('copies inline data and checks it', () => {
    const graph = new GraphBuilder({ name: 'g' });
    const data = Float32Array.of(1, 2);
    graph.output('y', graph.initializer('w', 'float32', [2], data));
    data.fill(0);
    const [tensor] = decodeModel(graph.build()).graph.initializers;
    expect(bytesOf(tensor)).toEqual(new Uint8Array(Float32Array.of(1, 2).buffer));
    expect(() => graph.initializer('short', 'float32', [3], data)).toThrow(/"short".*needs 12 bytes, not 8/);
    expect(() => graph.initializer('kind', 'float32', [1], Int32Array.of(1))).toThrow(
      /needs a Float32Array.*Int32Array/,
    );
    expect(() => graph.initializer('w', 'float32', [2], data)).toThrow(/"w" is taken/);
  });

  it('adds operators without a schema as they are described', () => {
    const bytes = build((graph) => {
      const x = graph.input('x', 'float32', [4]);
      const outputTypes = [{ type: 'int8' as TensorType, shape: [4] }];
      const attributes = { mode: 'fast', alpha: { type: 'float' as const, value: 1 } };
      expect(() => graph.node('Mystery', [x])).toThrow(/Mystery node "Mystery_0".*outputTypes\[0\]/);
      expect(() => graph.node('Mystery', [x], { outputTypes, attributes: { alpha: 1 } })).toThrow(/attribute alpha/);
      graph.output('y', graph.node('Mystery', [x], { domain: 'com.microsoft', outputTypes, attributes }));
    });
    const { graph } = decodeModel(bytes);
    expect(graph.nodes[0]).toMatchObject({
      operator: 'Mystery',
      domain: 'com.microsoft',
      attributes: new Map<string, unknown>([
        ['mode', { type: 'string', value: 'fast' }],
        ['alpha', { type: 'float', value: 1 }],
      ]),
    });
    expect(graph.outputs).toEqual([{ name: 'y', type: 'int8', shape: [4] }]);
  });

  it('lets the caller name dimensions that inference cannot tell, and no others', () => {
    const graph = new GraphBuilder({ name: 'g' });
    const x = graph.input('x', 'float32', ['tokens', 4]);
    const step = graph.int64s([2]);
    const every = (shape: readonly (string | number)[]) =>
      graph.node('Slice', [x, graph.int64s([0]), graph.int64s([-1]), graph.int64s([0]), step], {
        outputTypes: [{ type: 'float32', shape }],
      });
    expect(every(['half', 4]).shape).toEqual(['half', 4]);
    expect(() => every(['half', 5])).toThrow(/declares float32 \[half, 5\]/);
  });

  it('needs an output, and the present outputs of an attention', () => {
    expect(() => build(() => {})).toThrow(/no output/);
    const attention = (graph: GraphBuilder) => {
      const x = graph.input('x', 'float32', ['batch', 'tokens', 64]);
      const lengths = graph.input('lengths', 'int32', ['batch']);
      const total = graph.input('total', 'int32', []);
      return [x, undefined, undefined, undefined, undefined, lengths, total];
    };
    const attributes = { num_heads: 2, kv_num_heads: 1 };
    expect(() =>
      build((graph) => {
        graph.output('y', graph.node('GroupQueryAttention', attention(graph), { attributes }));
      }),
    ).toThrow(/GroupQueryAttention node.*output present_key, which is required/);
    expect(() =>
      build((graph) => {
        const [y] = graph.nodes('GroupQueryAttention', attention(graph), { name: 'layer0', attributes, outputs: 3 });
        graph.output('y', y);
      }),
    ).toThrow(/GroupQueryAttention node "layer0" must have its present_key among the graph's outputs/);
  });
});

describe('errors name the node and the input', () => {
  const graph = new GraphBuilder({ name: 'g' });
  const x = graph.input('x', 'float32', ['batch', 'tokens', 64]);
  const other = graph.input('other', 'float32', ['rows', 'tokens', 64]);
  const ids = graph.input('ids', 'int64', ['batch', 'tokens']);
  const counts = graph.input('counts', 'int64', ['parts']);
  const narrow = graph.initializer('narrow', 'float32', [32, 8], new Float32Array(256));
  const blocks = graph.initializer('blocks', 'uint8', [8, 2, 16], new Uint8Array(256));
  const scales = graph.initializer('scales', 'float32', [8, 2], new Float32Array(16));
  const total = graph.scalar('int32', 4);
  const bits = { K: 64, N: 8, bits: 4, block_size: 32 };
  type Case = [string, readonly (Value | undefined)[], Record<string, number | string>, number | undefined, RegExp];

  it.each<Case>([
    [
      'Add',
      [x, other],
      {},
      1,
      /"other", float32 \[rows, tokens, 64\] for input 1 \(B\); expected a shape that broadcasts/,
    ],
    ['Add', [x, ids], {}, 1, /input 1 \(B\); expected float32, the type/],
    ['Add', [x], {}, 1, /lacks input 1 \(B\)/],
    ['Add', [x, x, x], {}, undefined, /has 3 inputs; expected at most 2/],
    ['Sigmoid', [ids], {}, 0, /int64 \[batch, tokens\] for input 0 \(X\); expected float32 or/],
    ['MatMul', [x, narrow], {}, 1, /expected 64 rows/],
    ['Gemm', [x, narrow], {}, 0, /expected 2 dimensions/],
    ['Softmax', [x], { axis: 3 }, undefined, /has 3 for attribute axis; expected -3 to 2/],
    ['Softmax', [x], { axes: 3 }, undefined, /unknown attribute axes; expected axis/],
    ['Concat', [x, other], { axis: 2 }, 1, /expected the shape \[batch, tokens, 64\] but for axis 2/],
    ['Concat', [x, x], {}, undefined, /lacks attribute axis/],
    ['Reshape', [narrow, graph.int64s([5, -1])], {}, 1, /as many elements as \[32, 8\] has/],
    ['Reshape', [narrow, ids], {}, 1, /expected 1 dimensions/],
    ['Split', [narrow, graph.int64s([8, 8])], {}, 1, /sizes whose sum is 32/],
    ['Split', [narrow, counts], {}, 1, /expected a known number of sizes/],
    ['Gather', [narrow, graph.int64s([40])], {}, 1, /indices from -32 to 31, not 40/],
    ['Cast', [x], { to: 'float23' }, undefined, /"float23" for attribute to; expected the name of a tensor type/],
    ['Unsqueeze', [x, ids], {}, 1, /expected 1 dimensions/],
    ['Squeeze', [x, graph.int64s([0])], {}, 0, /expected 1 at axis 0/],
    ['MatMulNBits', [x, blocks, scales], { ...bits, N: 9 }, 1, /"blocks".* expected shape \[9, 2, 16\]/],
    [
      'MatMulNBits',
      [x, blocks, scales],
      { ...bits, block_size: 48 },
      undefined,
      /block_size 48; expected a power of 2/,
    ],
    ['MatMulNBits', [x, blocks, scales], { ...bits, bits: 5 }, undefined, /5 for attribute bits; expected 2, 4, 8/],
    ['QuickGelu', [x], { alpha: 'one' }, undefined, /"one" for attribute alpha; expected a finite number/],
    ['SimplifiedLayerNormalization', [x, graph.float32s([1])], {}, 1, /expected shape \[64\]/],
    ['RotaryEmbedding', [x, ids, narrow, narrow], { num_heads: 2 }, 2, /expected 16 at axis 1/],
    [
      'GroupQueryAttention',
      [x, x, undefined, x, x, total, total],
      { num_heads: 2, kv_num_heads: 2 },
      3,
      /4 dimensions/,
    ],
  ])('%s %#', (operator, inputs, attributes, input, message) => {
    const name = `layers.0.${operator}`;
    const error = failure(() => graph.node(operator, inputs, { name, attributes }));
    expect(error.code).toBe('InvalidParameter');
    expect(error.message).toContain(`${operator} node "${name}"`);
    expect(error.message).toMatch(message);
    expect(error.details).toEqual({ operator, node: name, ...(input !== undefined && { input }) });
  });

  it('refuses values of another graph and names that are taken', () => {
    const stranger = new GraphBuilder({ name: 'h' }).input('z', 'float32', [1]);
    expect(() => graph.node('Neg', [stranger])).toThrow(/"z" for input 0 of Neg node.*another graph/);
    expect(() => graph.node('Neg', [x], { output: 'ids' })).toThrow(/names an output "ids"/);
    expect(() => graph.input('x', 'float32', [1])).toThrow(/"x" is taken/);
    expect(() => graph.input('bad', 'float32', ['two words'])).toThrow(/"two words"/);
    graph.node('Neg', [x], { name: 'once' });
    expect(() => graph.node('Neg', [x], { name: 'once' })).toThrow(/name of an earlier node/);
  });
});

describe('shapes computed in the graph', () => {
  it('are followed from Shape to Reshape', () => {
    const graph = new GraphBuilder({ name: 'g' });
    const x = graph.input('x', 'float32', ['batch', 'tokens', 64]);
    const shape = graph.node('Shape', [x]);
    const batch = graph.node('Gather', [shape, graph.int64s([0])]);
    const rows = graph.node('Mul', [batch, graph.node('Gather', [shape, graph.int64s([1])])]);
    const wanted = graph.node('Concat', [rows, graph.int64s([8, -1])], { attributes: { axis: 0 } });
    expect(graph.node('Reshape', [x, wanted]).shape).toEqual(['batch*tokens', 8, 8]);
    const tokens = graph.node('Gather', [shape, graph.scalar('int64', 1)]);
    const zero = graph.scalar('int64', 0);
    expect(graph.node('Range', [zero, tokens, graph.scalar('int64', 1)]).shape).toEqual(['tokens']);
  });

  it('agree when computed twice', () => {
    const graph = new GraphBuilder({ name: 'g' });
    const cache = () => graph.node('Concat', [past, now], { attributes: { axis: 0 } });
    const past = graph.input('past', 'float32', ['past', 8]);
    const now = graph.input('now', 'float32', ['tokens', 8]);
    expect(graph.node('Add', [cache(), cache()]).shape).toEqual(['past + tokens', 8]);
  });
});

function bytesOf(tensor: OnnxTensor | undefined): Uint8Array | undefined {
  return tensor?.data.kind === 'inline' ? Uint8Array.from(tensor.data.bytes) : undefined;
}
