import type { EmbeddingEncoding, EmbeddingVectors } from '@ferrum/interfaces';

/** The first so many values, of length 1 if any were cut off (Kusupati et al. 2022). */
export function cut(vector: Float32Array, dimensions: number): Float32Array {
  if (dimensions === vector.length) return vector;
  const values = vector.slice(0, dimensions);
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? values : values.map((value) => value / length);
}

/** As `EmbeddingVectors` documents each encoding. */
export function encode<E extends EmbeddingEncoding>(vector: Float32Array, encoding: E): EmbeddingVectors[E] {
  return encoders[encoding](vector);
}

/**
 * The values of an embedding as it is sent: a list of numbers, or their little-endian float32 bytes in base64.
 * @returns undefined for something else, and for values that are not finite
 */
export function decode(embedding: string | readonly number[]): Float32Array | undefined {
  const values = typeof embedding === 'string' ? fromBase64(embedding) : Float32Array.from(embedding);
  return values === undefined || values.length === 0 || !values.every(Number.isFinite) ? undefined : values;
}

const encoders: { readonly [E in EmbeddingEncoding]: (values: Float32Array) => EmbeddingVectors[E] } = {
  float: (values) => values,
  int8: (values) => {
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (largest === 0) return new Int8Array(values.length);
    return new Int8Array(values.map((value) => Math.round((value * 127) / largest)));
  },
  binary: (values) => {
    const bytes = new Uint8Array(Math.ceil(values.length / 8));
    values.forEach((value, index) => {
      if (value > 0) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (0x80 >> (index & 7));
    });
    return bytes;
  },
};

function fromBase64(text: string): Float32Array | undefined {
  // Buffer passes over what is none.
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 0 || bytes.length % 4 !== 0) return undefined;
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(4 * index));
}
