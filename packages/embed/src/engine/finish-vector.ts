import type { EmbeddingEncoding, EmbeddingVectors } from '@ferrum/interfaces';
import { normalize } from './vector-math.js';

/** A model's vector as the caller wants it: cut, of length 1, encoded. */
export interface VectorFinish<E extends EmbeddingEncoding> {
  readonly normalizes: boolean;
  /** Matryoshka: only the first so many values, normalised again (Kusupati et al. 2022). */
  readonly dimensions?: number | undefined;
  readonly encoding: E;
}

export function finishVector<E extends EmbeddingEncoding>(
  vector: Float32Array,
  { normalizes, dimensions, encoding }: VectorFinish<E>,
): EmbeddingVectors[E] {
  const isCut = dimensions !== undefined && dimensions < vector.length;
  const values = isCut ? vector.slice(0, dimensions) : vector;
  if (normalizes || isCut) normalize(values);
  return encoders[encoding](values);
}

const encoders: { readonly [E in EmbeddingEncoding]: (values: Float32Array) => EmbeddingVectors[E] } = {
  float: (values) => values,
  int8: toInt8,
  binary: toBits,
};

function toInt8(values: Float32Array): Int8Array {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  if (largest === 0) return new Int8Array(values.length);
  return new Int8Array(values.map((value) => Math.round((value * 127) / largest)));
}

function toBits(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 8));
  for (let i = 0; i < values.length; i++) {
    if ((values[i] as number) > 0) bytes[i >> 3] = (bytes[i >> 3] as number) | (0x80 >> (i & 7));
  }
  return bytes;
}
