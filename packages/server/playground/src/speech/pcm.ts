/** The server's raw speech: mono, signed 16-bit little-endian, in Hz. */
export const pcmSampleRate = 24_000;

/** Cuts a byte stream into samples: a chunk may end in the middle of one. */
export class PcmReader {
  #held: number | undefined;

  /** The whole samples so far, as int16. */
  read(chunk: Uint8Array): Int16Array<ArrayBuffer> {
    const held = this.#held === undefined ? 0 : 1;
    const bytes = new Uint8Array(chunk.length + held);
    if (this.#held !== undefined) bytes[0] = this.#held;
    bytes.set(chunk, held);
    const whole = bytes.length - (bytes.length % 2);
    this.#held = bytes[whole];
    const view = new DataView(bytes.buffer, 0, whole);
    return Int16Array.from({ length: whole / 2 }, (_, index) => view.getInt16(index * 2, true));
  }
}

/** Samples as WebAudio wants them, −1 to 1. */
export function toFloat(samples: Int16Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(samples, (sample) => sample / 32_768);
}

/** Decoded audio, −1 to 1, as int16. What is louder is clipped. */
export function toInt16(samples: Float32Array): Int16Array<ArrayBuffer> {
  return Int16Array.from(samples, (sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))));
}
