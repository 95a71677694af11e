import { afterAll, describe, expect, it } from 'vitest';
import { type ElementType, elementTypes } from '../tensor/element-type.js';
import { Tensor } from '../tensor/tensor.js';
import { OnnxRuntime } from './onnx-runtime.js';
import { ModelFolder } from './testing/model-folder.js';
import { addition, longRun } from './testing/models.js';
import type { TestModel } from './testing/onnx-model.js';

const runtime = OnnxRuntime.load();
const folder = new ModelFolder();
afterAll(() => folder.remove());

const rows = (...values: number[]) => Tensor.from('float32', [values.length / 3, 3], Float32Array.from(values));

describe('run', () => {
  it('computes from the caller’s memory and allocates what it is not given', async () => {
    const session = await runtime.openSession(folder.write(addition));
    const { z } = await session.run({ x: rows(1, 2, 3, 4, 5, 6), y: rows(10, 20, 30, 40, 50, 60) });
    expect(z).toMatchObject({ type: 'float32', dims: [2, 3] });
    expect(numbers(z)).toEqual([11, 22, 33, 44, 55, 66]);
    await session.dispose();
    expect(numbers(z), 'outputs outlive the session').toEqual([11, 22, 33, 44, 55, 66]);
  });

  it('writes to the tensors it is given, and may read and write the same one', async () => {
    const session = await runtime.openSession(folder.write(addition));
    const sum = rows(1, 1, 1);
    const results = await session.run({ x: sum, y: rows(1, 2, 3) }, { z: sum });
    await session.run({ x: sum, y: rows(1, 2, 3) }, { z: sum });
    expect(results.z).toBe(sum);
    expect(numbers(sum)).toEqual([3, 5, 7]);
    await session.dispose();
  });

  it('returns only the outputs asked for', async () => {
    const path = folder.write({
      ...addition,
      outputs: [...addition.outputs, { name: 'difference', type: 'float32', dims: ['rows', 3] }],
      nodes: [...addition.nodes, { type: 'Sub', inputs: ['x', 'y'], outputs: ['difference'] }],
    });
    const session = await runtime.openSession(path);
    const inputs = { x: rows(1, 2, 3), y: rows(1, 1, 1) };
    expect(Object.keys(await session.run(inputs))).toEqual(['z', 'difference']);
    expect(Object.keys(await session.run(inputs, ['difference']))).toEqual(['difference']);
    const z = Tensor.allocate('float32', [1, 3]);
    const mixed = await session.run(inputs, { difference: null, z });
    expect(numbers(mixed.difference)).toEqual([0, 1, 2]);
    expect(numbers(z)).toEqual([2, 3, 4]);
    await session.dispose();
  });

  it.each(elementTypes)('carries every bit of a %s', async (type) => {
    const dims = [2, 2];
    const path = folder.write({
      inputs: [{ name: 'x', type, dims }],
      outputs: [{ name: 'y', type, dims }],
      nodes: [{ type: 'Identity', inputs: ['x'], outputs: ['y'] }],
    });
    const session = await runtime.openSession(path);
    const x = extremes(type);
    const { y } = await session.run({ x });
    expect(y?.type).toBe(type);
    expect(y?.data).toEqual(x.data);
    await session.dispose();
  });

  it('knows scalars and tensors without elements', async () => {
    const session = await runtime.openSession(
      folder.write({
        inputs: [
          { name: 'a', type: 'int64', dims: [] },
          { name: 'b', type: 'float32', dims: ['n', 4] },
        ],
        outputs: [
          { name: 'twice', type: 'int64', dims: [] },
          { name: 'minus', type: 'float32', dims: ['n', 4] },
        ],
        nodes: [
          { type: 'Add', inputs: ['a', 'a'], outputs: ['twice'] },
          { type: 'Neg', inputs: ['b'], outputs: ['minus'] },
        ],
      }),
    );
    const a = Tensor.from('int64', [], BigInt64Array.of(-(2n ** 60n)));
    const { twice, minus } = await session.run({ a, b: Tensor.allocate('float32', [0, 4]) });
    expect(twice?.data[0]).toBe(-(2n ** 61n));
    expect(minus).toMatchObject({ dims: [0, 4], size: 0 });
    expect(minus?.data).toHaveLength(0);
    const given = Tensor.allocate('float32', [0, 4]);
    await session.run({ a, b: given }, { minus: given });
    await session.dispose();
  });
});

describe('what does not fit is refused before the native call', () => {
  const x = rows(1, 2, 3);
  it.each([
    ['a missing input', { x }, undefined, /also needs "y"; its inputs are "x", "y"/],
    ['an unknown input', { x, y: x, mask: x }, undefined, /has no input "mask"/],
    ['an unknown output', { x, y: x }, ['logits'], /has no output "logits"; its outputs are "z"/],
    ['no output', { x, y: x }, [], /needs an output/],
    [
      'a wrong type',
      { x, y: Tensor.allocate('int64', [1, 3]) },
      undefined,
      /"y".* has the type int64, expected float32/,
    ],
    [
      'a wrong rank',
      { x, y: Tensor.allocate('float32', [3]) },
      undefined,
      /"y".* the shape \[3\], expected \[rows, 3\]/,
    ],
    ['a wrong shape', { x, y: Tensor.allocate('float32', [1, 4]) }, undefined, /"y".*\[1, 4\], expected \[rows, 3\]/],
    [
      'symbols that differ',
      { x, y: rows(1, 2, 3, 4, 5, 6) },
      undefined,
      /"rows" is 1 in the input "x".* 2 in the input "y"/,
    ],
    ['a wrong output type', { x, y: x }, { z: Tensor.allocate('float16', [1, 3]) }, /"z".* float16, expected float32/],
    [
      'a wrong output shape',
      { x, y: x },
      { z: Tensor.allocate('float32', [1, 2]) },
      /"z".*\[1, 2\], expected \[rows, 3\]/,
    ],
    ['no tensor', { x, y: new Float32Array(3) as never }, undefined, /"y".* must be a Tensor, got object/],
    ['undefined', { x, y: undefined as never }, undefined, /"y".* must be a Tensor, got undefined/],
  ])('%s', async (_, inputs, outputs, message) => {
    const session = await runtime.openSession(folder.write(addition));
    await expect(session.run(inputs, outputs)).rejects.toMatchObject({
      code: 'InvalidParameter',
      message: expect.stringMatching(message),
    });
    await session.dispose();
  });

  it('an output of a size that only the run can know is refused by ONNX Runtime', async () => {
    const session = await runtime.openSession(folder.write(addition));
    await expect(session.run({ x, y: x }, { z: Tensor.allocate('float32', [5, 3]) })).rejects.toMatchObject({
      code: 'InvalidParameter',
      message: expect.stringMatching(/'z'.*\{5,3\}.*\{1,3\}/s),
    });
    expect(numbers((await session.run({ x, y: x })).z)).toEqual([2, 4, 6]);
    await session.dispose();
  });

  it('a disposed tensor, a buffer given away, a disposed session', async () => {
    const session = await runtime.openSession(folder.write(addition));
    const y = rows(1, 1, 1);
    const prepared = session.prepare({ x, y }, ['z']);
    await prepared.run();
    y.dispose();
    await expect(prepared.run()).rejects.toMatchObject({ message: expect.stringMatching(/"y".* has been disposed/) });
    await expect(session.run({ x, y })).rejects.toMatchObject({
      message: expect.stringMatching(/"y".* has been disposed/),
    });

    const moved = rows(1, 1, 1);
    prepared.set('y', moved);
    structuredClone(moved.data.buffer, { transfer: [moved.data.buffer as ArrayBuffer] });
    await expect(prepared.run()).rejects.toMatchObject({
      message: expect.stringMatching(/"y".* has been transferred/),
    });

    await session.dispose();
    await expect(session.run({ x, y: x })).rejects.toMatchObject({
      message: expect.stringMatching(/has been disposed/),
    });
    await expect(prepared.run()).rejects.toMatchObject({ code: 'InvalidParameter' });
  });
});

describe('prepare', () => {
  it('repeats a run with what the tensors hold by then, and with other tensors', async () => {
    const session = await runtime.openSession(folder.write(addition));
    const x = rows(0, 0, 0);
    const z = rows(0, 0, 0);
    const prepared = session.prepare({ x, y: x }, { z });
    for (let step = 1; step <= 5; step++) {
      x.data.fill(step);
      await prepared.run();
      expect(numbers(z)).toEqual([2 * step, 2 * step, 2 * step]);
    }
    prepared.set('y', rows(1, 2, 3));
    await prepared.run();
    expect(numbers(z)).toEqual([6, 7, 8]);

    const larger = rows(1, 1, 1, 2, 2, 2);
    prepared.set('x', larger);
    await expect(prepared.run()).rejects.toMatchObject({ code: 'InvalidParameter' });
    await expect(prepared.run(), 'still').rejects.toMatchObject({ code: 'InvalidParameter' });
    const results = await prepared
      .set('y', larger)
      .set('z', Tensor.allocate('float32', [2, 3]))
      .run();
    expect(numbers(results.z)).toEqual([2, 2, 2, 4, 4, 4]);
    expect(() => prepared.set('w', x)).toThrow(/neither an input nor an output "w"; it has x, y, z/);
    await session.dispose();
  });

  it('replaces an input and the output of the same name together, or neither', async () => {
    const model: TestModel = { ...addition, outputs: [...addition.inputs.slice(0, 1), ...addition.outputs] };
    const session = await runtime.openSession(folder.write(model));
    const [x, y] = [rows(1, 2, 3), rows(10, 20, 30)];
    const prepared = session.prepare({ x, y }, { x, z: null });
    expect(() => prepared.set('x', Tensor.allocate('float32', [1, 4]))).toThrow(/"x".*\[1, 4\], expected/);
    const before = await prepared.run();
    expect([before.x, numbers(before.z)]).toEqual([x, [11, 22, 33]]);

    const larger = rows(1, 1, 1, 2, 2, 2);
    prepared.set('x', larger);
    await expect(prepared.run()).rejects.toMatchObject({ message: expect.stringMatching(/"rows" is 2 .* 1 in the/) });
    const after = await prepared.set('y', larger).run();
    expect([after.x, numbers(after.z)]).toEqual([larger, [2, 2, 2, 4, 4, 4]]);
    await session.dispose();
  });

  it('refuses a second run and a change while it runs', async () => {
    const session = await runtime.openSession(folder.write(longRun(20)), { intraOpThreads: 1 });
    const x = Tensor.allocate('float32', [256, 256]);
    const prepared = session.prepare({ x }, ['y']);
    const first = prepared.run();
    await expect(prepared.run()).rejects.toMatchObject({
      message: expect.stringMatching(/Cannot run .* while it runs/),
    });
    expect(() => prepared.set('x', x)).toThrow(/Cannot change .* while it runs/);
    await first;
    await prepared.run();
    await session.dispose();
  });
});

function numbers(tensor: Tensor | undefined): number[] {
  return Array.from(tensor?.data ?? [], Number);
}

/** Bit patterns at the ends of the type's range. */
function extremes<T extends ElementType>(type: T): Tensor<T> {
  const tensor = Tensor.allocate(type, [2, 2]);
  const bytes = new Uint8Array(tensor.data.buffer);
  if (type === 'bool') bytes.set([0, 1, 1, 0]);
  else for (const index of bytes.keys()) bytes[index] = [0x00, 0x7f, 0x80, 0x01, 0x3c, 0xfe][(index * 5) % 6] ?? 0;
  return tensor;
}
