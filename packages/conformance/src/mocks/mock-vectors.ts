import type { EmbeddingEncoding, EmbeddingVectors } from '@ferrum/interfaces';

/** Each group of three letters adds a direction of its own: texts that share many are alike. */
export function vectorOf(text: string, dimensions: number): Float32Array<ArrayBuffer> {
  const vector = new Float32Array(dimensions);
  const letters = ` ${text.toLowerCase()} `;
  for (let at = 0; at + 3 <= letters.length; at += 1) {
    let state = hashOf(letters.slice(at, at + 3));
    for (let index = 0; index < dimensions; index += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      vector[index] = (vector[index] ?? 0) + state / 2 ** 31 - 1;
    }
  }
  return vector;
}

export function unitLength(vector: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

export function encodeVector<E extends EmbeddingEncoding>(values: Float32Array, encoding: E): EmbeddingVectors[E] {
  const largest = Math.max(...values.map(Math.abs));
  const bytes = new Uint8Array(Math.ceil(values.length / 8));
  for (const [index, value] of values.entries()) {
    if (value > 0) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (0x80 >> (index & 7));
  }
  const encoded: EmbeddingVectors = {
    float: Float32Array.from(values),
    int8: Int8Array.from(values, (value) => Math.round((value * 127) / largest)),
    binary: bytes,
  };
  return encoded[encoding];
}

/** FNV-1a, 32 bits. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return hash;
}
