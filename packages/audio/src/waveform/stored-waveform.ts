import { FerrumError } from '@ferrum/registry/errors';
import type { Waveform } from './waveform.js';

type Samples = Int16Array | Float32Array;

/**
 * A waveform over blocks of samples, as they are: 16-bit integers or floating-point numbers.
 * @param blocks all of one length, a power of 2, but for the last one
 */
export class StoredWaveform implements Waveform {
  readonly sampleRate = 16000;
  readonly length: number;
  readonly duration: number;
  readonly #blocks: readonly Samples[];
  readonly #blockLength: number;

  constructor(blocks: readonly Samples[]) {
    this.#blocks = blocks;
    this.#blockLength = Math.max(1, blocks[0]?.length ?? 0);
    this.length = (blocks.length - 1) * this.#blockLength + (blocks.at(-1)?.length ?? 0);
    this.duration = this.length / this.sampleRate;
  }

  /** @throws FerrumError `InvalidParameter` for a span that is no span, or an `into` of another length */
  read(start: number, end: number, into?: Float32Array): Float32Array {
    if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || end < start) {
      throw new FerrumError('InvalidParameter', `read(${start}, ${end}): start and end must be whole and in order.`);
    }
    const target = into ?? new Float32Array(end - start);
    if (target.length !== end - start) {
      const message = `read(${start}, ${end}): into has ${target.length} samples instead of ${end - start}.`;
      throw new FerrumError('InvalidParameter', message);
    }
    const from = Math.min(Math.max(start, 0), this.length);
    const to = Math.max(from, Math.min(end, this.length));
    // What lies outside of the audio.
    target.fill(0, 0, Math.min(from - start, target.length));
    target.fill(0, Math.max(0, to - start));
    for (let position = from; position < to; ) {
      const block = this.#blocks[Math.floor(position / this.#blockLength)];
      const offset = position % this.#blockLength;
      const part = block?.subarray(offset, offset + to - position);
      if (!part || part.length === 0) break;
      copy(part, target, position - start);
      position += part.length;
    }
    return target;
  }
}

function copy(part: Samples, target: Float32Array, at: number): void {
  if (part instanceof Float32Array) {
    target.set(part, at);
    return;
  }
  for (let index = 0; index < part.length; index++) target[at + index] = (part[index] ?? 0) / 32768;
}
