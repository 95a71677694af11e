/** Mono samples in, the bytes of a file out, in order. */
export interface SampleEncoder {
  /** @param samples finite numbers; beyond −1 to 1 they are clipped. @returns the bytes that are ready */
  push(samples: Float32Array): Uint8Array[];
  /** The rest; nothing may be pushed afterwards. */
  finish(): EncodedEnd;
  close(): void;
}

export interface EncodedEnd {
  readonly pieces: Uint8Array[];
  /** What the file's first bytes are, now that its length is known; for those who can go back. */
  readonly header?: Uint8Array | undefined;
}

/** Integers of 16 bits: −1 is −32768, and 1 is cut to 32767. Halves are rounded up. */
export function toInt16(samples: Float32Array): Int16Array<ArrayBuffer> {
  const result = new Int16Array(samples.length);
  for (let index = 0; index < samples.length; index++) {
    const scaled = Math.floor((samples[index] ?? 0) * 32768 + 0.5);
    result[index] = Math.max(-32768, Math.min(32767, scaled));
  }
  return result;
}

/** Clipped to −1 to 1; a copy. */
export function clipped(samples: Float32Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(samples, (sample) => Math.max(-1, Math.min(1, sample)));
}
