import type { EmbeddingEncoding, EmbeddingVectors } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

/** A model's vector as the caller wants it. */
export interface VectorFinish<E extends EmbeddingEncoding> {
  readonly normalizes: boolean;
  /** Matryoshka: only the first so many values, normalised again (Kusupati et al. 2022). */
  readonly dimensions: number;
  readonly encoding: E;
}

/** @param name of the text, for errors @throws FerrumError `Backend` for a vector that holds no numbers */
export function finishVector<E extends EmbeddingEncoding>(
  vector: readonly number[],
  { normalizes, dimensions, encoding }: VectorFinish<E>,
  name: string,
): EmbeddingVectors[E] {
  const values = Float32Array.from(vector.slice(0, dimensions));
  const length = Math.hypot(...values);
  if (!Number.isFinite(length) || vector.length === 0) {
    throw new FerrumError('Backend', `llama.cpp gave no vector of numbers for ${name}; the file may be damaged.`);
  }
  const isScaled = (normalizes || dimensions < vector.length) && length > 0;
  return encoders[encoding](isScaled ? values.map((value) => value / length) : values);
}

const encoders: { readonly [E in EmbeddingEncoding]: (values: Float32Array) => EmbeddingVectors[E] } = {
  float: (values) => values,
  int8: (values) => {
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return Int8Array.from(values, (value) => (largest === 0 ? 0 : Math.round((value * 127) / largest)));
  },
  binary: (values) => {
    const bytes = new Uint8Array(Math.ceil(values.length / 8));
    for (const [i, value] of values.entries()) if (value > 0) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (0x80 >> (i & 7));
    return bytes;
  },
};
