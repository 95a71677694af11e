import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OnnxRuntime } from '../runtime/onnx-runtime.js';
import { Tensor } from '../tensor/tensor.js';
import { decodeModel } from './decode-model.js';
import { GraphBuilder } from './graph-builder.js';
import { GraphEditor } from './graph-editor.js';
import type { OnnxModel, OnnxNode } from './model.js';
import { writeModel } from './write-model.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'ferrum-editor-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** y = tanh(2x + 1); z = |2x|. */
function model(): OnnxModel {
  const graph = new GraphBuilder({ name: 'small' });
  const x = graph.input('x', 'float32', ['n']);
  const doubled = graph.node('Mul', [x, graph.initializer('two', 'float32', [1], Float32Array.of(2))]);
  const shifted = graph.node('Add', [doubled, graph.initializer('one', 'float32', [], Float32Array.of(1))]);
  graph.output('y', graph.node('Tanh', [shifted]));
  graph.output('z', graph.node('Abs', [doubled]));
  return decodeModel(graph.build(), 'small');
}

const x = [-1, 0.25, 3];
let files = 0;

/** Every output for x, to four digits. */
async function run(edited: OnnxModel): Promise<Record<string, readonly number[]>> {
  files += 1;
  const file = path.join(directory, `${files}.onnx`);
  await writeModel(file, edited);
  const session = await OnnxRuntime.load().openSession(file);
  try {
    const inputs = Object.fromEntries(
      [...session.inputs.keys()].map((name) => [name, Tensor.from('float32', [3], Float32Array.from(x))]),
    );
    const outputs = await session.run(inputs);
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { data }]) => [
        name,
        Array.from(data as Float32Array, (value) => Math.round(1e4 * value) / 1e4),
      ]),
    );
  } finally {
    await session.dispose();
  }
}

const of = (function_: (value: number) => number) => x.map((value) => Math.round(1e4 * function_(value)) / 1e4);
const only = (editor: GraphEditor, operator: string): OnnxNode => {
  const [node, ...others] = editor.nodes.filter((one) => one.operator === operator);
  if (!node || others.length > 0) throw new Error(`not one ${operator}`);
  return node;
};
const output = (node: OnnxNode): string => node.outputs[0] as string;

describe('looking a graph over', () => {
  it('finds who makes a value and who reads it', () => {
    const editor = new GraphEditor(model());
    const multiply = only(editor, 'Mul');
    expect(editor.producerOf(output(multiply))).toBe(multiply);
    expect(
      editor
        .consumersOf(output(multiply))
        .map(({ operator }) => operator)
        .toSorted(),
    ).toEqual(['Abs', 'Add']);
    expect([editor.producerOf('x'), editor.producerOf(undefined), editor.producerOf('nothing')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(editor.consumersOf('nothing')).toEqual([]);
    expect(editor.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(editor.outputs.map(({ name }) => name)).toEqual(['y', 'z']);
    expect(editor.opset()).toBeGreaterThan(10);
    expect(editor.opset('com.example')).toBe(0);
  });

  it('reads constants of initializers and of Constant nodes, as copies', () => {
    const editor = new GraphEditor(model());
    expect(editor.floatsOf('two')).toEqual({ type: 'float32', shape: [1], data: Float32Array.of(2) });
    editor.floatsOf('two')?.data.fill(9);
    expect(editor.floatsOf('two')?.data).toEqual(Float32Array.of(2));
    const bytes = new Uint8Array(BigInt64Array.of(5n, -7n).buffer);
    const tensor = { name: 'held', type: 'int64', shape: [2], data: { kind: 'inline', bytes } } as const;
    const value = editor.add('Constant', [], { attributes: { value: { type: 'tensor', value: tensor } } });
    expect(editor.constantOf(value)?.data).toEqual(BigInt64Array.of(5n, -7n));
    expect(editor.floatsOf(value)).toBeUndefined();
    expect([editor.constantOf('x'), editor.constantOf(undefined)]).toEqual([undefined, undefined]);
  });

  it('visits nodes as they are when their turn comes, and passes over those that are gone', () => {
    const editor = new GraphEditor(model());
    const first = editor.add('Neg', ['x']);
    const second = editor.add('Neg', [first]);
    editor.addOutput(second, { name: 'w' });
    const seen: string[] = [];
    editor.each('Neg', (node) => {
      seen.push(output(node));
      editor.replace(second, 'x');
    });
    expect(seen).toEqual([first]);
  });
});

describe('changing a graph', () => {
  it('nothing: computes the same', async () => {
    expect(await run(new GraphEditor(model()).finish())).toEqual({
      y: of((value) => Math.tanh(2 * value + 1)),
      z: of((value) => Math.abs(2 * value)),
    });
  });

  it('puts a value in the place of another, for all who read it', async () => {
    const editor = new GraphEditor(model());
    const doubled = output(only(editor, 'Mul'));
    const tripled = editor.add('Mul', ['x', editor.float(3)]);
    editor.replace(doubled, tripled);
    expect(await run(editor.finish())).toEqual({
      y: of((value) => Math.tanh(3 * value + 1)),
      z: of((value) => Math.abs(3 * value)),
    });
  });

  it("puts a value in the place of one of the model's outputs, which keeps its name", async () => {
    const editor = new GraphEditor(model());
    editor.replace('z', editor.add('Neg', ['x']));
    expect((await run(editor.finish())).z).toEqual(of((value) => -value));
    expect(editor.nodes.some(({ operator }) => operator === 'Abs')).toBe(false);
  });

  it('turns only those who are named to another value', async () => {
    const editor = new GraphEditor(model());
    const doubled = output(only(editor, 'Mul'));
    editor.redirect(['z'], doubled, editor.add('Mul', ['x', editor.float(5)]));
    expect(await run(editor.finish())).toEqual({
      y: of((value) => Math.tanh(2 * value + 1)),
      z: of((value) => Math.abs(5 * value)),
    });
  });

  it('makes inner values inputs and outputs, and drops what is not read any more', async () => {
    const editor = new GraphEditor(model());
    const doubled = output(only(editor, 'Mul'));
    const shifted = output(only(editor, 'Add'));
    editor.cutInput({ name: doubled, type: 'float32', shape: ['n'] });
    editor.renameInput(doubled, 'doubled');
    editor.addOutput(shifted, { name: 'shifted', type: 'float32', shape: ['n'] });
    editor.setOutputs(editor.outputs.filter(({ name }) => name !== 'z'));
    editor.dropUnreadInputs();
    const { graph, ...rest } = editor.finish();
    expect(graph.inputs.map(({ name }) => name)).toEqual(['doubled']);
    expect(graph.initializers.map(({ name }) => name)).toEqual(['one']);
    expect(await run({ ...rest, graph })).toEqual({
      y: of((value) => Math.tanh(value + 1)),
      shifted: of((value) => value + 1),
    });
  });

  it('splits a value into equal parts, in old opsets and new', async () => {
    for (const version of [15, 20]) {
      const editor = new GraphEditor({ ...model(), opsets: [{ domain: '', version }] });
      const parts = editor.split('x', 3, 0);
      expect(parts).toHaveLength(3);
      editor.replace('z', editor.add('Concat', parts.toReversed(), { attributes: { axis: 0 } }));
      expect((await run(editor.finish())).z).toEqual(x.toReversed());
    }
  });

  it('shares small constants that are alike, and only those', () => {
    const editor = new GraphEditor(model());
    expect(editor.integers(1, 2)).toBe(editor.integers(1, 2));
    expect(new Set([editor.integers(1), editor.integer(1), editor.float(1), editor.integers(1, 1)]).size).toBe(4);
    const large = new Float32Array(65);
    expect(editor.constant('float32', [65], large)).not.toBe(editor.constant('float32', [65], large));
  });

  it('raises opsets, and adds those that are missing', () => {
    const editor = new GraphEditor(model());
    const version = editor.opset();
    const opsets = new Map(
      editor.finish({ '': 3, 'com.microsoft': 1 }).opsets.map((opset) => [opset.domain, opset.version]),
    );
    expect(opsets.get('')).toBe(version);
    expect(opsets.get('com.microsoft')).toBe(1);
  });

  it('leaves the given model as it was', () => {
    const given = model();
    const copy = structuredClone(given);
    const editor = new GraphEditor(given);
    editor.replace('z', editor.add('Neg', ['x']));
    editor.cutInput({ name: output(only(editor, 'Mul')) });
    editor.finish();
    expect(given).toEqual(copy);
  });
});

describe('the order of a graph', () => {
  it('is one in which it can be computed, whatever the order of adding', () => {
    const editor = new GraphEditor(model());
    editor.replace('z', editor.add('Neg', [output(only(editor, 'Add'))]));
    const made = new Set(['x', 'one', 'two']);
    for (const { inputs, outputs } of editor.finish().graph.nodes) {
      for (const input of inputs) expect(made).toContain(input);
      for (const one of outputs) made.add(one);
    }
  });

  it('is found for a chain of 50,000 nodes', () => {
    const editor = new GraphEditor(model());
    let value = 'x';
    for (let index = 0; index < 50_000; index += 1) value = editor.add('Neg', [value]);
    editor.replace('z', value);
    expect(editor.finish().graph.nodes.length).toBeGreaterThan(50_000);
  });

  it('is none when a node waits for itself', () => {
    const editor = new GraphEditor(model());
    const add = only(editor, 'Add');
    editor.redirect([output(add)], add.inputs[0] as string, editor.add('Neg', [output(add)]));
    expect(() => editor.finish()).toThrow(expect.objectContaining({ code: 'Internal' }));
  });

  it('keeps what the body of an If reads from outside', () => {
    const editor = new GraphEditor(model());
    const body = (name: string) => ({
      ...{ name, initializers: [], inputs: [], outputs: [{ name: `${name}/out` }] },
      nodes: [
        {
          ...{ name, operator: 'Identity', domain: '', attributes: new Map() },
          ...{ inputs: [output(only(editor, 'Add'))], outputs: [`${name}/out`] },
        },
      ],
    });
    const condition = editor.constant('bool', [], Uint8Array.of(1));
    const branches = {
      then_branch: { type: 'graph', value: body('then') },
      else_branch: { type: 'graph', value: body('else') },
    } as const;
    editor.setOutputs([{ name: editor.add('If', [condition], { attributes: branches }) }]);
    const operators = editor.finish().graph.nodes.map(({ operator }) => operator);
    expect(operators).toEqual(['Mul', 'Add', 'If']);
  });

  it('an input that is not there cannot be renamed', () => {
    expect(() => new GraphEditor(model()).renameInput('w', 'v')).toThrow(
      expect.objectContaining({ code: 'Internal', message: expect.stringContaining('"w"') }),
    );
  });
});
