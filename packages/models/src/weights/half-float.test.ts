import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bfloat16ArrayToFloat32,
  float16ArrayToFloat32,
  float16ToFloat32,
  float32ArrayToFloat16,
  float32ToFloat16,
} from './half-float.js';

const { halfFloats } = JSON.parse(readFileSync(new URL('./fixtures/expected.json', import.meta.url), 'utf8'));

describe('float16', () => {
  it('decodes every bit pattern as IEEE 754 defines it', () => {
    for (let bits = 0; bits < 1 << 16; bits++) {
      const sign = bits & 0x8000 ? -1 : 1;
      const exponent = (bits >> 10) & 31;
      const fraction = (bits & 1023) / 1024;
      let value = sign * 2 ** (exponent - 15) * (1 + fraction);
      if (exponent === 0) value = sign * 2 ** -14 * fraction;
      if (exponent === 31) value = fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
      if (!Object.is(float16ToFloat32(bits), value))
        expect(float16ToFloat32(bits), `0x${bits.toString(16)}`).toBe(value);
    }
  });

  it('encodes random values, ties and limits as numpy does', () => {
    const values = new Float32Array(bytesOf(halfFloats.float32));
    const expected = new Uint16Array(bytesOf(halfFloats.float16));
    expect(values.length).toBeGreaterThan(700);
    expect(float32ArrayToFloat16(values)).toEqual(expected);
  });

  it('survives a round trip', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), (bits) => {
        const value = float16ToFloat32(bits);
        const back = float32ToFloat16(value);
        if (Number.isNaN(value)) expect(float16ToFloat32(back)).toBeNaN();
        else expect(back).toBe(bits);
      }),
    );
  });

  it('converts arrays into memory of the caller', () => {
    const out = new Float32Array(2);
    expect(float16ArrayToFloat32(Uint16Array.of(0x3c00, 0xc000), out)).toBe(out);
    expect(out).toEqual(Float32Array.of(1, -2));
  });
});

describe('bfloat16', () => {
  it('is the upper half of a float32', () => {
    const values = Float32Array.of(1, -2, 0, 3.140625, Number.POSITIVE_INFINITY);
    const upper = Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16);
    expect(bfloat16ArrayToFloat32(upper)).toEqual(values);
  });
});

function bytesOf(base64: string): ArrayBuffer {
  return new Uint8Array(Buffer.from(base64, 'base64')).buffer;
}
