import { blockLayouts, dequantize, float32ToFloat16, groupTypeParts, type WeightType } from '@ferrum/models';
import type { BlockQuantized } from '@ferrum/onnx';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BlockLayout, isExactIn, layoutOf, packRows } from './storage.js';

/** What MatMulNBits computes with: scale · (quant − 2^(bits − 1)) + offset. */
function valuesOf({ bits, blockSize, quants, scales, offsets }: BlockQuantized): number[] {
  const count = scales.length * blockSize;
  return Array.from({ length: count }, (_, i) => {
    const quant = bits === 8 ? quants[i]! : (quants[i >> 1]! >> (4 * (i & 1))) & 15;
    const block = Math.floor(i / blockSize);
    return scales[block]! * (quant - 2 ** (bits - 1)) + (offsets?.[block] ?? 0);
  });
}

/** Where in a block of each type its scale (and its minimum) of 16 bits is. */
const halfOffsets: Partial<Record<WeightType, readonly number[]>> = {
  Q4_1: [0, 2],
  Q5_1: [0, 2],
  Q2_K: [80, 82],
  Q3_K: [108],
  Q4_K: [0, 2],
  Q5_K: [0, 2],
  Q6_K: [208],
};

/** Blocks of random bytes under scales (and minima) of ordinary size. */
function blocksOf(type: WeightType): fc.Arbitrary<Uint8Array> {
  const { blockBytes } = blockLayouts[type];
  const group = groupTypeParts(type);
  const scale = fc.float({ min: Math.fround(0.0009765625), max: 1, noNaN: true });
  const block = fc
    .tuple(
      fc.uint8Array({ minLength: blockBytes, maxLength: blockBytes }),
      fc.array(scale, { minLength: 2, maxLength: 2 }),
    )
    .map(([bytes, scales]) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      const signed = [scales[0]!, -scales[1]!];
      if (group) {
        for (let i = 0; i < (group.isSymmetric ? 1 : 2); i++) view.setFloat32(4 * i, signed[i]!, true);
      } else {
        for (const [i, at] of (halfOffsets[type] ?? [0]).entries())
          view.setUint16(at, float32ToFloat16(signed[i]!), true);
      }
      return bytes;
    });
  return fc
    .array(block, { minLength: 1, maxLength: 4 })
    .map((blocks) => Uint8Array.from(blocks.flatMap((b) => [...b])));
}

const layout = (bits: 4 | 8, size: number, offsets: boolean): BlockLayout => ({
  kind: 'block-quantized',
  bits,
  blockSize: size,
  offsets,
});

const exact: readonly (readonly [WeightType, BlockLayout])[] = [
  ['Q4_0', layout(4, 32, false)],
  ['Q4_0', layout(4, 32, true)],
  ['Q4_0', layout(8, 32, false)],
  ['Q4_1', layout(4, 32, true)],
  ['Q4_1', layout(8, 32, true)],
  ['Q5_0', layout(8, 32, false)],
  ['Q5_1', layout(8, 32, true)],
  ['Q8_0', layout(8, 32, false)],
  ['Q2_K', layout(8, 16, true)],
  ['Q3_K', layout(8, 16, false)],
  ['Q4_K', layout(4, 32, true)],
  ['Q4_K', layout(8, 32, true)],
  ['Q5_K', layout(8, 32, true)],
  ['Q6_K', layout(8, 16, false)],
  ['IQ4_NL', layout(8, 32, false)],
  ['IQ4_XS', layout(8, 32, false)],
  ['S4_16', layout(8, 16, false)],
  ['S4_128', layout(8, 128, false)],
  ['U4_64', layout(4, 64, true)],
  ['U4_32', layout(8, 32, true)],
  ['S8_32', layout(8, 32, false)],
  ['U8_128', layout(8, 128, true)],
];

describe('packRows', () => {
  it.each(exact)('keeps every value of %s in %o', (type, target) => {
    fc.assert(
      fc.property(blocksOf(type), (bytes) => {
        const packed = packRows(type, bytes, target);
        expect(packed).toMatchObject({ bits: target.bits, blockSize: target.blockSize });
        const expected = dequantize(type, bytes);
        for (const [i, value] of valuesOf(packed).entries()) {
          // An offset is rounded to float32 once, and so is what is expected; nothing else is.
          const offset = Math.abs(packed.offsets?.[Math.floor(i / packed.blockSize)] ?? 0);
          expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(2 ** -24 * (offset + Math.abs(expected[i]!)));
        }
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['F32', layout(8, 32, false), 2 * 127],
    ['F32', layout(4, 32, true), 15],
  ] as const)('rounds %s to %o within half a step', (type, rounded, steps) => {
    const weight = fc.float({ min: -4, max: 4, noNaN: true });
    fc.assert(
      fc.property(fc.array(weight, { minLength: 32, maxLength: 32 }), (weights) => {
        const values = Float32Array.from(weights);
        const packed = packRows(type, new Uint8Array(values.buffer), rounded);
        const range =
          rounded.bits === 8 ? 2 * Math.max(...values.map(Math.abs)) : Math.max(...values) - Math.min(...values);
        for (const [i, value] of valuesOf(packed).entries()) {
          expect(Math.abs(value - values[i]!)).toBeLessThanOrEqual((range / steps) * 0.5001 + 1e-6);
        }
      }),
    );
  });
});

describe('layoutOf', () => {
  it('names a layout that keeps the values of every quantised type', () => {
    for (const type of Object.keys(blockLayouts) as WeightType[]) {
      if (blockLayouts[type].blockSize === 1) continue;
      const chosen = layoutOf('exact', type, 256);
      expect(chosen.kind === 'block-quantized' && isExactIn(chosen, type), type).toBe(true);
    }
    expect(layoutOf('exact', 'Q4_K', 256)).toEqual(layout(4, 32, true));
    expect(layoutOf('exact', 'Q6_K', 256)).toEqual(layout(8, 16, false));
  });

  it('takes 8 bits without offsets when asked, exact where the type has no minimum', () => {
    expect(layoutOf('int8', 'Q4_0', 64)).toEqual(layout(8, 32, false));
    expect(layoutOf('int8', 'Q6_K', 256)).toEqual(layout(8, 16, false));
    expect(layoutOf('int8', 'S4_128', 128)).toEqual(layout(8, 128, false));
    for (const type of ['Q4_1', 'Q4_K', 'U4_128', 'F32'] as const) {
      const chosen = layout(8, 32, false);
      expect(layoutOf('int8', type, 256)).toEqual(chosen);
      expect(isExactIn(chosen, type)).toBe(false);
    }
  });

  it.each(['Q4_1', 'Q4_K', 'U4_32'] as const)('refuses to round %s to 4 bits a second time', (type) => {
    expect(() => layoutOf('int4', type, 256)).toThrow(
      expect.objectContaining({ code: 'Unsupported', details: { parameter: 'quantization', type } }),
    );
  });

  it('keeps float32 when asked, or when rows are no whole blocks', () => {
    expect(layoutOf('float32', 'Q4_1', 64)).toEqual({ kind: 'float32' });
    expect(layoutOf('int8', 'F32', 40)).toEqual({ kind: 'float32' });
  });
});
