import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { canDequantize, dequantize } from './dequantize.js';
import { openGguf } from './gguf.js';
import { blockLayouts, groupTypeParts, tensorByteLength, type WeightType } from './weight-type.js';

interface ExpectedTensor {
  readonly type: WeightType;
  readonly dims: readonly number[];
  readonly values: string;
}
const fixture = fileURLToPath(new URL('./fixtures/tiny.gguf', import.meta.url));
const expected: Record<string, ExpectedTensor> = JSON.parse(
  readFileSync(new URL('./fixtures/expected.json', import.meta.url), 'utf8'),
).gguf;

describe('dequantize', () => {
  it('is tested for every type of a file that it supports', () => {
    const types = Object.values(expected).map(({ type }) => type);
    const supported = Object.keys(blockLayouts).filter(
      (type) => canDequantize(type as WeightType) && !groupTypeParts(type),
    );
    expect(types.toSorted()).toEqual(supported.toSorted());
  });

  it.each(Object.entries(expected))('equals gguf-py bit for bit on %s', async (name, { type, dims, values }) => {
    const file = await openGguf(fixture);
    const bytes = await file.read(name).finally(() => file.close());
    const wanted = new Uint8Array(Buffer.from(values, 'base64'));
    expect(file.tensors.get(name)).toMatchObject({ type, dims });
    const out = dequantize(type, bytes);
    expect(new Uint8Array(out.buffer)).toEqual(wanted);

    const atOddAddress = new Uint8Array(bytes.length + 1).subarray(1);
    atOddAddress.set(bytes);
    const target = new Float32Array(out.length);
    expect(dequantize(type, atOddAddress, target)).toBe(target);
    expect(new Uint8Array(target.buffer)).toEqual(wanted);
  });

  it.each([
    ['S4_16', 4, (scale: number, q: number) => scale * (q - 8)],
    ['U4_64', 4, (scale: number, q: number, minimum: number) => scale * q + minimum],
    ['S8_32', 8, (scale: number, q: number) => scale * (q - 128)],
    ['U8_128', 8, (scale: number, q: number, minimum: number) => scale * q + minimum],
  ] as const)('knows the groups %s', (type, bits, weightOf) => {
    const { blockSize, blockBytes } = blockLayouts[type];
    const bytes = new Uint8Array(2 * blockBytes).map((_, i) => (37 * i + 11) % 256);
    const view = new DataView(bytes.buffer);
    const isSymmetric = type.startsWith('S');
    const wanted: number[] = [];
    for (const block of [0, 1]) {
      const [scale, minimum] = [0.125 * (block + 1), -0.75 - block];
      const at = block * blockBytes;
      view.setFloat32(at, scale, true);
      if (!isSymmetric) view.setFloat32(at + 4, minimum, true);
      const quants = bytes.subarray(at + (isSymmetric ? 4 : 8), at + blockBytes);
      for (let i = 0; i < blockSize; i++) {
        const q = bits === 8 ? quants[i]! : (quants[i >> 1]! >> (4 * (i & 1))) & 15;
        wanted.push(weightOf(scale, q, minimum));
      }
    }
    expect([...dequantize(type, bytes)]).toEqual(wanted);
  });

  it('rejects a broken block, an output of the wrong length and a type without float values', () => {
    expect(() => dequantize('Q4_0', new Uint8Array(17))).toThrow(/whole blocks of 18/);
    expect(() => dequantize('F32', new Uint8Array(8), new Float32Array(3))).toThrow(/room for 3 values.*hold 2/);
    expect(() => dequantize('I32', new Uint8Array(8))).toThrow(/I32 weights cannot/);
  });
});

describe('tensorByteLength', () => {
  it('counts whole blocks of rows', () => {
    expect(tensorByteLength('F32', [])).toBe(4);
    expect(tensorByteLength('F16', [3, 5])).toBe(30);
    expect(tensorByteLength('Q4_K', [3, 512])).toBe(3 * 2 * 144);
    expect(tensorByteLength('F32', [3, 0])).toBe(0);
    expect(tensorByteLength('F32', [0, 3])).toBe(0);
  });

  it('has no answer for broken rows and sizes that are not safe integers', () => {
    expect(tensorByteLength('Q4_0', [2, 31])).toBeUndefined();
    expect(tensorByteLength('F32', [2 ** 30, 2 ** 30])).toBeUndefined();
    expect(tensorByteLength('F32', [2 ** 30, 0, 2 ** 30])).toBeUndefined();
    expect(tensorByteLength('U8', Array(8).fill(2 ** 53 - 1))).toBeUndefined();
  });
});
