import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FerrumError } from '@ferrum/registry/errors';
import fc from 'fast-check';
import { PbfWriter } from 'pbf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeModel } from './decode-model.js';
import { encodeModel } from './encode-model.js';
import { GraphBuilder } from './graph-builder.js';
import type { OnnxModel, OnnxTensor } from './model.js';
import { readModel } from './read-model.js';
import { onnxPythonMissing, runPython } from './testing/onnx-python.js';
import { addStandardNodes } from './testing/standard-graph.js';

const shared = fileURLToPath(new URL('../../../../../shared/models/', import.meta.url));

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ferrum-decode-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function standardModel(): Uint8Array {
  const graph = new GraphBuilder({ name: 'standard' });
  addStandardNodes(graph).forEach((value, index) => {
    graph.output(`y${index}`, value);
  });
  return graph.build();
}

/** A model reads, or is refused with InvalidFormat: nothing else may happen. */
function decodeOrRefuse(bytes: Uint8Array): OnnxModel | undefined {
  try {
    return decodeModel(bytes);
  } catch (error) {
    if (!FerrumError.isInstance(error) || error.code !== 'InvalidFormat') throw error;
    return undefined;
  }
}

function graphWith(field: number, write: (writer: PbfWriter) => void): Uint8Array {
  const writer = new PbfWriter();
  writer.writeMessage(7, (_, graph) => graph.writeMessage(field, (__, inner) => write(inner), undefined), undefined);
  return writer.finish();
}

describe('decodeModel on hostile bytes', () => {
  it('survives random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeOrRefuse(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  it('survives mutations and refuses every truncation inside the graph', () => {
    const model = standardModel();
    const mutation = fc.record({ at: fc.nat(model.length - 1), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 8 }), fc.nat(model.length), (mutations, length) => {
        const bytes = model.slice();
        for (const { at, value } of mutations) bytes[at] = value;
        decodeOrRefuse(bytes);
        decodeOrRefuse(bytes.subarray(0, length));
      }),
      { numRuns: 300 },
    );
    // The opsets after the graph take less than 40 bytes.
    for (const length of [0, 1, 10, 1000, model.length - 40]) {
      expect(decodeOrRefuse(model.subarray(0, length)), `${length} bytes`).toBeUndefined();
    }
  });

  it('refuses messages that nest without end', () => {
    let bytes = new Uint8Array(0);
    for (let depth = 0; depth < 200; depth++) {
      const writer = new PbfWriter();
      // GraphProto: a node with an attribute with a graph.
      writer.writeMessage(
        1,
        (_, node) => node.writeMessage(5, (__, attribute) => attribute.writeBytesField(6, bytes), undefined),
        undefined,
      );
      bytes = writer.finish().slice();
    }
    const writer = new PbfWriter();
    writer.writeBytesField(7, bytes);
    expect(() => decodeModel(writer.finish())).toThrow(/nest more than 100 deep/);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(0), /there is no graph/],
    ['a length of 2^63', Uint8Array.of(0x3a, ...new Array(8).fill(0xff), 0x7f), /bytes where 0 are left/],
    ['an endless number', Uint8Array.of(0x08, ...new Array(20).fill(0xff)), /more than 10 bytes/],
    ['a graph that is a number', Uint8Array.of(0x38, 0x01), /wire type 0 instead of 2/],
    ['a name that is not UTF-8', Uint8Array.of(0x3a, 3, 0x12, 1, 0xff), /not UTF-8/],
    [
      'a tensor with less data than its shape needs',
      graphWith(5, (tensor) => {
        tensor.writeVarintField(1, 1000);
        tensor.writeVarintField(2, 1);
        tensor.writeBytesField(9, new Uint8Array(4));
      }),
      /holds 4 bytes where its shape and type need 4000/,
    ],
    [
      'a tensor of 2^62 elements',
      graphWith(5, (tensor) => {
        tensor.writeVarintField(1, 2 ** 31);
        tensor.writeVarintField(1, 2 ** 31);
        tensor.writeVarintField(2, 1);
      }),
      /too many elements/,
    ],
    [
      'an external offset that is no number',
      graphWith(5, (tensor) => {
        tensor.writeVarintField(2, 1);
        tensor.writeVarintField(14, 1);
        for (const [key, value] of [
          ['location', 'weights'],
          ['offset', '-1'],
        ] as const) {
          tensor.writeMessage(
            13,
            (_, entry) => {
              entry.writeStringField(1, key);
              entry.writeStringField(2, value);
            },
            undefined,
          );
        }
      }),
      /external offset "-1"/,
    ],
    ['an unknown element type', graphWith(5, (tensor) => tensor.writeVarintField(2, 99)), /element type 99/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeModel(bytes, 'x.onnx')).toThrow(message);
    expect(() => decodeModel(bytes, 'x.onnx')).toThrow(/^Cannot read x\.onnx: /);
  });
});

describe('encodeModel', () => {
  const name = fc.string({ minLength: 1, maxLength: 8 });
  const tensor: fc.Arbitrary<OnnxTensor> = fc
    .tuple(name, fc.uint8Array({ minLength: 1, maxLength: 9 }))
    .map(([text, bytes]) => ({ name: text, type: 'uint8', shape: [bytes.length], data: { kind: 'inline', bytes } }));
  const integer = fc.oneof(
    fc.maxSafeInteger(),
    fc
      .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
      .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)),
  );
  const float = fc.float({ noNaN: true });
  const attribute = fc.oneof(
    float.map((value) => ({ type: 'float' as const, value })),
    integer.map((value) => ({ type: 'int' as const, value })),
    fc.string({ unit: 'grapheme' }).map((value) => ({ type: 'string' as const, value })),
    fc.constant({ type: 'string' as const, value: Uint8Array.of(0xff, 0) }),
    fc.array(float).map((value) => ({ type: 'floats' as const, value })),
    fc.array(integer).map((value) => ({ type: 'ints' as const, value })),
    fc.array(name).map((value) => ({ type: 'strings' as const, value })),
    tensor.map((value) => ({ type: 'tensor' as const, value })),
  );

  it('writes what decodeModel reads back', () => {
    const dimension = fc.oneof(fc.nat(), name);
    const info = fc.record({
      name,
      type: fc.constantFrom('float32' as const, 'int4' as const),
      shape: fc.array(dimension),
    });
    const node = fc.record({
      name,
      operator: name,
      domain: fc.constantFrom('', 'com.microsoft'),
      inputs: fc.array(fc.constantFrom('', 'a', 'b')),
      outputs: fc.array(name),
      attributes: fc.array(fc.tuple(name, attribute)).map((entries) => new Map(entries)),
    });
    const graph = fc.record({
      name,
      nodes: fc.array(node),
      initializers: fc.array(tensor),
      inputs: fc.array(info),
      outputs: fc.array(info),
    });
    fc.assert(
      fc.property(graph, fc.array(fc.tuple(name, name)), (value, metadata) => {
        const model: OnnxModel = {
          irVersion: 10,
          producerName: 'test',
          producerVersion: '',
          opsets: [{ domain: '', version: 21 }],
          metadata: new Map(metadata),
          graph: value,
          functions: [],
        };
        expect(decodeModel(encodeModel(model).slice())).toEqual(model);
      }),
    );
  });
});

describe('readModel', () => {
  it('names the file that is missing or damaged', async () => {
    const missing = join(directory, 'missing.onnx');
    await expect(readModel(missing)).rejects.toMatchObject({
      code: 'NotFound',
      message: expect.stringContaining(missing),
    });
    const damaged = join(directory, 'damaged.onnx');
    await writeFile(damaged, 'not a model');
    await expect(readModel(damaged)).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringContaining(damaged),
    });
    await expect(readModel(directory)).rejects.toMatchObject({ code: 'IO' });
  });

  it.skipIf(onnxPythonMissing)(
    `reads every kind of tensor and attribute that the Python package onnx writes${onnxPythonMissing ? ` (${onnxPythonMissing})` : ''}`,
    async () => {
      const path = join(directory, 'python.onnx');
      const reference = runPython(writePythonModel, path) as { tensors: Record<string, string> };
      const model = await readModel(path);
      expect(model.opsets).toEqual([{ domain: '', version: 21 }]);
      const tensors = Object.fromEntries(
        model.graph.initializers.map(({ name, data }) => [
          name,
          data.kind === 'inline' ? Buffer.from(data.bytes).toString('hex') : data,
        ]),
      );
      expect(tensors).toEqual({ ...reference.tensors, texts: { kind: 'strings', strings: ['a', 'é'] } });
      expect(Object.fromEntries(model.graph.nodes[0]?.attributes ?? [])).toMatchObject({
        f: { type: 'float', value: 0.5 },
        i: { type: 'int', value: -3 },
        big: { type: 'int', value: 2n ** 63n - 1n },
        s: { type: 'string', value: 'text' },
        fs: { type: 'floats', value: [0.5, -1] },
        is: { type: 'ints', value: [1, -2, 2n ** 62n] },
        ss: { type: 'strings', value: ['x', 'y'] },
        t: { type: 'tensor', value: { type: 'float32', shape: [2] } },
        g: { type: 'graph', value: { name: 'inner', outputs: [{ name: 'o', type: 'bool', shape: ['n', 2, ''] }] } },
      });
      expect(model.functions).toMatchObject([{ domain: 'own', name: 'Twice', inputs: ['a'], outputs: ['b'] }]);
      expect(model.functions[0]?.nodes[0]?.attributes.get('axis')).toEqual({ type: 'reference', value: 'axis' });
    },
  );

  const silero = join(shared, 'silero-vad', 'silero_vad.onnx');
  it.skipIf(!existsSync(silero))('reads a real model with subgraphs (skipped without ../shared)', async () => {
    const model = await readModel(silero);
    expect(model.graph.inputs.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'input float32',
      'state float32',
      'sr int64',
    ]);
    expect(model.graph.nodes.some(({ attributes }) => attributes.get('then_branch')?.type === 'graph')).toBe(true);
    const bytes = await readFile(silero);
    for (let length = 0; length < bytes.length; length += 50_021) decodeOrRefuse(bytes.subarray(0, length));
  });
});

/** Tensors by their typed fields as well as raw; prints their bytes as NumPy has them. */
const writePythonModel = `
import json, sys, numpy as np, onnx
from onnx import helper as h, numpy_helper as n, TensorProto as T
values = {'float': [1.5, -2], 'double': [1.5, -2], 'int8': [-1, 127], 'uint8': [1, 255], 'int16': [-2, 300], 'uint16': [1, 65535],
  'int32': [-5, 2**31 - 1], 'uint32': [0, 2**32 - 1], 'int64': [-2**63, 2**63 - 1], 'uint64': [0, 2**64 - 1], 'bool': [1, 0],
  'float16': [0.5, -3], 'bfloat16': [0.5, -3], 'complex64': [1 + 2j, -1j], 'uint4': [1, 15, 7], 'int4': [-8, 7, 1]}
tensors = []
reference = {}
for name, v in values.items():
    code = getattr(T, name.upper())
    for raw in (False, True):
        made = h.make_tensor(f'{name}{"Raw" if raw else ""}', code, [len(v)], v)
        if raw:
            packed = tensors[-1]
            made = n.from_array(n.to_array(packed), made.name)
        tensors.append(made)
    reference[name] = reference[name + 'Raw'] = tensors[-1].raw_data.hex()
tensors.append(h.make_tensor('texts', T.STRING, [2], ['a'.encode(), 'é'.encode()]))
inner = h.make_graph([], 'inner', [], [h.make_tensor_value_info('o', T.BOOL, ['n', 2, None])])
node = h.make_node('Any', ['x'], ['y'], f=0.5, i=-3, big=2**63 - 1, s='text', fs=[0.5, -1.0], ss=['x', 'y'], t=h.make_tensor('', T.FLOAT, [2], [1, 2]), g=inner)
node.attribute.append(h.make_attribute('is', [1, -2, 2**62]))
concat = h.make_node('Concat', ['a', 'a'], ['b'])
concat.attribute.append(onnx.AttributeProto(name='axis', type=onnx.AttributeProto.INT, ref_attr_name='axis'))
function = h.make_function('own', 'Twice', ['a'], ['b'], [concat], [h.make_opsetid('', 21)], ['axis'])
graph = h.make_graph([node], 'main', [h.make_tensor_value_info('x', T.FLOAT, None)], [h.make_tensor_value_info('y', T.FLOAT, [-1])], tensors)
onnx.save(h.make_model(graph, opset_imports=[h.make_opsetid('', 21)], functions=[function]), sys.argv[1])
print(json.dumps({'tensors': reference}))
`;
