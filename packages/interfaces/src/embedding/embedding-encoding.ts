/** What an embedding is made of, by encoding. */
export interface EmbeddingVectors {
  readonly float: Float32Array;
  /** Each value × 127 / the vector's largest magnitude, rounded: direction is kept, length is not. */
  readonly int8: Int8Array;
  /** One bit per value, set where it is positive; eight to a byte, the first in the highest bit (numpy's `packbits`). */
  readonly binary: Uint8Array;
}

export type EmbeddingEncoding = keyof EmbeddingVectors;
