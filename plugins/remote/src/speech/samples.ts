/**
 * Samples, −1 to 1, of 16-bit little-endian bytes as they come.
 * @throws what `onHalf` makes, where the bytes end within a sample
 */
export async function* toSamples(
  bytes: AsyncIterable<Uint8Array>,
  onHalf: () => Error,
): AsyncGenerator<Float32Array, void, undefined> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const piece of bytes) {
    const all = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const count = Math.floor(all.length / 2);
    const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
    rest = all.slice(2 * count);
    if (count > 0) yield Float32Array.from({ length: count }, (_, index) => view.getInt16(2 * index, true) / 32_768);
  }
  if (rest.length > 0) throw onHalf();
}

/** Pieces of so many samples each, but the last; without a number, as they come. */
export class SampleCutter {
  #held: Float32Array[] = [];
  #length = 0;

  constructor(private readonly size: number | undefined) {}

  *add(samples: Float32Array): Generator<Float32Array> {
    if (this.size === undefined) {
      yield samples;
      return;
    }
    this.#held.push(samples);
    this.#length += samples.length;
    if (this.#length < this.size) return;
    const all = this.#joined();
    let from = 0;
    for (; from + this.size <= all.length; from += this.size) yield all.slice(from, from + this.size);
    this.#held = [all.slice(from)];
    this.#length = all.length - from;
  }

  *end(): Generator<Float32Array> {
    if (this.#length > 0) yield this.#joined();
    this.#held = [];
    this.#length = 0;
  }

  #joined(): Float32Array {
    const all = new Float32Array(this.#length);
    let at = 0;
    for (const piece of this.#held) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }
}
