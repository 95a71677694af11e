import { blockLayouts, dequantize, float32ToFloat16, type WeightType } from '@ferrum/models';
import type { BlockQuantized } from '@ferrum/onnx';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseLayout, type LinearLayout, packRows } from './storage.js';

type BlockLayout = Extract<LinearLayout, { kind: 'block-quantized' }>;

/** What MatMulNBits computes with: scale · (quant − 2^(bits − 1)) + offset. */
function valuesOf({ bits, blockSize, quants, scales, offsets }: BlockQuantized): number[] {
  const count = scales.length * blockSize;
  return Array.from({ length: count }, (_, i) => {
    const quant = bits === 8 ? quants[i]! : (quants[i >> 1]! >> (4 * (i & 1))) & 15;
    const block = Math.floor(i / blockSize);
    return scales[block]! * (quant - 2 ** (bits - 1)) + (offsets?.[block] ?? 0);
  });
}

/** Blocks of random quants under scales (and minima) of ordinary size. */
function blocksOf(type: WeightType): fc.Arbitrary<Uint8Array> {
  const { blockBytes } = blockLayouts[type];
  const halves = type === 'Q4_1' || type === 'Q5_1' ? 2 : 1;
  const half = fc.float({ min: Math.fround(0.0009765625), max: 1, noNaN: true });
  const block = fc
    .tuple(
      fc.uint8Array({ minLength: blockBytes, maxLength: blockBytes }),
      fc.array(half, { minLength: 2, maxLength: 2 }),
    )
    .map(([bytes, scales]) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      for (let i = 0; i < halves; i++)
        view.setUint16(2 * i, float32ToFloat16(i === 0 ? scales[i]! : -scales[i]!), true);
      return bytes;
    });
  return fc
    .array(block, { minLength: 1, maxLength: 4 })
    .map((blocks) => Uint8Array.from(blocks.flatMap((b) => [...b])));
}

const exact: readonly (readonly [WeightType, BlockLayout])[] = [
  ['Q4_0', { kind: 'block-quantized', bits: 4, offsets: false }],
  ['Q4_0', { kind: 'block-quantized', bits: 4, offsets: true }],
  ['Q4_0', { kind: 'block-quantized', bits: 8, offsets: false }],
  ['Q4_1', { kind: 'block-quantized', bits: 4, offsets: true }],
  ['Q4_1', { kind: 'block-quantized', bits: 8, offsets: true }],
  ['Q5_0', { kind: 'block-quantized', bits: 8, offsets: false }],
  ['Q8_0', { kind: 'block-quantized', bits: 8, offsets: false }],
];

describe('packRows', () => {
  it.each(exact)('keeps every value of %s in %o', (type, layout) => {
    fc.assert(
      fc.property(blocksOf(type), (bytes) => {
        const packed = packRows(type, bytes, layout);
        expect(packed.bits).toBe(layout.bits);
        const expected = dequantize(type, bytes);
        for (const [i, value] of valuesOf(packed).entries()) {
          // The offset m + 8d is rounded to float32 once; nothing else is.
          expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(2 ** -22);
        }
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['F32', { kind: 'block-quantized', bits: 8, offsets: false }, 2 * 127],
    ['F32', { kind: 'block-quantized', bits: 4, offsets: true }, 15],
  ] as const)('rounds %s to %o within half a step', (type, layout, steps) => {
    const weight = fc.float({ min: -4, max: 4, noNaN: true });
    fc.assert(
      fc.property(fc.array(weight, { minLength: 32, maxLength: 32 }), (weights) => {
        const values = Float32Array.from(weights);
        const packed = packRows(type, new Uint8Array(values.buffer), layout);
        const range =
          layout.bits === 8 ? 2 * Math.max(...values.map(Math.abs)) : Math.max(...values) - Math.min(...values);
        for (const [i, value] of valuesOf(packed).entries()) {
          expect(Math.abs(value - values[i]!)).toBeLessThanOrEqual((range / steps) * 0.5001 + 1e-6);
        }
      }),
    );
  });
});

describe('chooseLayout', () => {
  it('joins parts in the smallest layout that is exact for all of them', () => {
    const choose = (...types: WeightType[]) => chooseLayout('exact', types, 64);
    expect(choose('Q4_0', 'Q4_0')).toEqual({ kind: 'block-quantized', bits: 4, offsets: false });
    expect(choose('Q4_0', 'Q4_1')).toEqual({ kind: 'block-quantized', bits: 4, offsets: true });
    expect(choose('Q4_1', 'Q8_0')).toEqual({ kind: 'block-quantized', bits: 8, offsets: true });
    expect(choose('Q6_K')).toEqual({ kind: 'block-quantized', bits: 8, offsets: false });
  });

  it('refuses to round a quantised file to 4 bits a second time', () => {
    expect(() => chooseLayout('int4', ['Q4_1'], 64)).toThrow(
      expect.objectContaining({ code: 'Unsupported', details: { parameter: 'quantization', type: 'Q4_1' } }),
    );
  });

  it('keeps float32 when asked, or when rows are no whole blocks', () => {
    expect(chooseLayout('float32', ['Q4_1'], 64)).toEqual({ kind: 'float32' });
    expect(chooseLayout('int8', ['F32'], 40)).toEqual({ kind: 'float32' });
  });
});
