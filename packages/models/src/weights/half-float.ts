// IEEE 754 binary16 ("half", F16) and bfloat16 (BF16), as bit patterns in Uint16Array. Typed arrays of wider types share the
// platform's byte order, which is little-endian wherever Ferrum runs.

const floatView = new Float32Array(1);
const bitsView = new Uint32Array(floatView.buffer);

export function float16ToFloat32(bits: number): number {
  return float16Values()[bits & 0xffff] ?? Number.NaN;
}

/** Rounds to nearest, ties to even; too large values become infinite, NaN stays NaN. */
export function float32ToFloat16(value: number): number {
  floatView[0] = value;
  const bits = bitsView[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520 is halfway between the largest float16 and what would come next.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // Below 2^-14 float16 is a fixed-point number with steps of 2^-24.
  if (magnitude < 0x38800000) return sign | roundHalfToEven(Math.abs(floatView[0]) * 2 ** 24);
  // Rebias the exponent (127 − 15 = 112) and round 13 bits away; a carry into the exponent is right.
  const rebiased = magnitude - (112 << 23);
  return sign | ((rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13);
}

export function float16ArrayToFloat32(
  bits: Uint16Array,
  out: Float32Array = new Float32Array(bits.length),
): Float32Array {
  const values = float16Values();
  for (let i = 0; i < bits.length; i++) out[i] = values[bits[i]!]!;
  return out;
}

export function float32ArrayToFloat16(
  values: Float32Array,
  out: Uint16Array = new Uint16Array(values.length),
): Uint16Array {
  for (let i = 0; i < values.length; i++) out[i] = float32ToFloat16(values[i]!);
  return out;
}

export function bfloat16ArrayToFloat32(
  bits: Uint16Array,
  out: Float32Array = new Float32Array(bits.length),
): Float32Array {
  const outBits = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < bits.length; i++) outBits[i] = bits[i]! << 16;
  return out;
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor + (floor & 1);
}

let table: Float32Array | undefined;

/**
 * The float32 value of every float16 bit pattern (65,536 entries): a look-up is faster than bit tricks. Built when first
 * asked for, as a program that opens a converted model never does.
 */
function float16Values(): Float32Array {
  table ??= buildFloat16Values();
  return table;
}

function buildFloat16Values(): Float32Array {
  const values = new Float32Array(1 << 16);
  const patterns = new Uint32Array(values.buffer);
  for (let bits = 0; bits < 1 << 16; bits++) {
    const sign = (bits & 0x8000) << 16;
    const exponent = (bits >>> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) values[bits] = (sign === 0 ? fraction : -fraction) * 2 ** -24;
    else if (exponent === 0x1f) patterns[bits] = sign | 0x7f800000 | (fraction << 13);
    else patterns[bits] = sign | ((exponent + 112) << 23) | (fraction << 13);
  }
  return values;
}
