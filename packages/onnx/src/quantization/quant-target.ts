import { float16ToFloat32 } from './float16.js';

/** Where blocks are unpacked to: weight = scale · (quant − center) + offset. */
export interface QuantTarget {
  /** One byte each, whatever they are packed to later. */
  readonly quants: Uint8Array;
  readonly scales: Float32Array;
  /** Written by types with offsets only. */
  readonly offsets: Float32Array;
  /** 2^(bits − 1). */
  readonly center: number;
}

export function halfAt(bytes: Uint8Array, at: number): number {
  return float16ToFloat32((bytes[at] as number) | ((bytes[at + 1] as number) << 8));
}
