import { FerrumError } from '@ferrum/registry/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementTypes } from './element-type.js';
import { Tensor } from './tensor.js';

const expected = {
  float32: [Float32Array, 4],
  float64: [Float64Array, 8],
  float16: [Uint16Array, 2],
  bfloat16: [Uint16Array, 2],
  int8: [Int8Array, 1],
  int16: [Int16Array, 2],
  int32: [Int32Array, 4],
  int64: [BigInt64Array, 8],
  uint8: [Uint8Array, 1],
  uint16: [Uint16Array, 2],
  uint32: [Uint32Array, 4],
  uint64: [BigUint64Array, 8],
  bool: [Uint8Array, 1],
} as const;

describe('Tensor.allocate', () => {
  it.each(elementTypes)('makes zeros of type %s in the array that holds the type', (type) => {
    const tensor = Tensor.allocate(type, [2, 3]);
    const [array, bytes] = expected[type];
    expect(tensor.data).toBeInstanceOf(array);
    expect(Array.from(tensor.data, Number)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(tensor).toMatchObject({ type, dims: [2, 3], size: 6, byteLength: 6 * bytes });
  });

  it('gives a scalar one element and a shape with a zero none', () => {
    expect(Tensor.allocate('int64', []).size).toBe(1);
    expect(Tensor.allocate('int64', [4, 0]).size).toBe(0);
  });

  it('commits no memory before it is written', () => {
    const before = process.memoryUsage.rss();
    const tensor = Tensor.allocate('float32', [64, 1024, 1024]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(tensor.byteLength / 4);
  });

  it.each([[[-1]], [[1.5]], [[Number.NaN]], [[2 ** 30, 2 ** 30]], ['3'], [[2n]]])('refuses the shape %s', (dims) => {
    expect(() => Tensor.allocate('float32', dims as number[])).toThrow(FerrumError);
  });

  it('refuses more memory than there can be', () => {
    expect(() => Tensor.allocate('float64', [2 ** 52])).toThrow(expect.objectContaining({ code: 'ResourceExhausted' }));
  });

  it('refuses an unknown type', () => {
    expect(() => Tensor.allocate('string' as 'int8', [1])).toThrow(/"string" is not a tensor type/);
  });
});

describe('Tensor.from', () => {
  it('is a view on the same memory', () => {
    const data = Float32Array.of(1, 2, 3, 4);
    const tensor = Tensor.from('float32', [2, 2], data);
    data[3] = 7;
    expect(tensor.data).toBe(data);
  });

  it('keeps its shape when the caller changes the array it came from', () => {
    const dims = [1];
    const tensor = Tensor.from('int32', dims, Int32Array.of(5));
    dims[0] = 100;
    expect(tensor.dims).toEqual([1]);
  });

  it.each([
    ['the wrong array', () => Tensor.from('int64', [1], Int32Array.of(1) as never), /BigInt64Array, got Int32Array/],
    ['the wrong length', () => Tensor.from('int8', [2, 2], Int8Array.of(1)), /\[2, 2\] has 4 elements.*has 1/],
    ['nothing', () => Tensor.from('int8', [1], undefined as never), /got undefined/],
    [
      'shared memory',
      () => Tensor.from('int8', [4], new Int8Array(new SharedArrayBuffer(4)) as never),
      /cannot lie on a SharedArrayBuffer/,
    ],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(
      expect.objectContaining({ code: 'InvalidParameter', message: expect.stringMatching(message) }),
    );
  });
});

describe('view', () => {
  it('shares the memory and shows the elements from its offset on', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.nat(5), fc.nat(20), (rows, columns, offset) => {
        const tensor = Tensor.from(
          'int32',
          [20],
          Int32Array.from({ length: 20 }, (_, index) => index),
        );
        if (offset + rows * columns > 20) {
          expect(() => tensor.view([rows, columns], offset)).toThrow(FerrumError);
          return;
        }
        const view = tensor.view([rows, columns], offset);
        expect(Array.from(view.data)).toEqual(Array.from({ length: rows * columns }, (_, index) => offset + index));
        view.data.fill(-1);
        expect(tensor.data.filter((value) => value === -1)).toHaveLength(rows * columns);
      }),
    );
  });

  it('refuses a negative offset', () => {
    expect(() => Tensor.allocate('int8', [4]).view([1], -1)).toThrow(/from element -1 on does not fit/);
  });
});

describe('dispose', () => {
  it('ends access by this tensor, tells its listeners once, and leaves the caller its array', () => {
    const data = Int8Array.of(1);
    const tensor = Tensor.from('int8', [1], data);
    let told = 0;
    tensor.onDispose(() => told++);
    tensor.dispose();
    tensor.dispose();
    expect(told).toBe(1);
    expect(tensor.disposed).toBe(true);
    expect(() => tensor.data).toThrow(/disposed/);
    expect(data[0]).toBe(1);
  });
});
