import { createResampler, type Resampler, type Waveform } from '@ferrum/audio';
import type { AudioSamples } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

export const sampleRate = 16000;

/** Live audio at 16 kHz; what is over is let go. Positions are samples since the beginning. */
export class LiveAudio implements Disposable {
  #resampler: Resampler | undefined;
  #givenRate: number | undefined;
  #memory = new Float32Array(sampleRate * 16);
  /** Position of the first sample in memory. */
  #start = 0;
  #end = 0;
  #isDisposed = false;

  /** Samples in memory. */
  get held(): number {
    return this.#end - this.#start;
  }

  /** Position after the last sample. */
  get end(): number {
    return this.#end;
  }

  /**
   * @returns what it comes to at 16 kHz
   * @throws FerrumError `InvalidParameter` for what is no audio, or another sample rate than before
   */
  async add(chunk: AudioSamples): Promise<Float32Array> {
    const { samples, sampleRate: rate } = requireChunk(chunk);
    if (this.#givenRate === undefined) {
      this.#givenRate = rate;
      if (rate !== sampleRate) this.#resampler = await createResampler(rate, sampleRate);
      // Whoever wanted the audio may have left meanwhile.
      if (this.#isDisposed) this[Symbol.dispose]();
    } else if (rate !== this.#givenRate) {
      const message = `A chunk of the audio has ${rate} Hz, those before it ${this.#givenRate} Hz; keep to one sample rate.`;
      throw new FerrumError('InvalidParameter', message, { details: { parameter: 'audio' } });
    }
    const added = this.#resampler ? this.#resampler.push(samples) : samples;
    this.#append(added);
    return added;
  }

  /** The rest that the resampler holds back. */
  finish(): Float32Array {
    const rest = this.#resampler?.finish() ?? new Float32Array(0);
    this.#resampler = undefined;
    this.#append(rest);
    return rest;
  }

  /** A copy of samples [start, end). */
  cut(start: number, end: number): Waveform {
    const samples = this.#memory.slice(start - this.#start, end - this.#start);
    return {
      sampleRate,
      length: samples.length,
      duration: samples.length / sampleRate,
      read: (from, to, into = new Float32Array(to - from)) => {
        into.fill(0);
        const first = Math.max(0, from);
        if (first < to) into.set(samples.subarray(first, Math.max(first, to)), first - from);
        return into;
      },
    };
  }

  /** Lets go what comes before. */
  forget(before: number): void {
    if (before <= this.#start) return;
    this.#memory.copyWithin(0, before - this.#start, this.#end - this.#start);
    this.#start = before;
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#resampler?.[Symbol.dispose]();
    this.#resampler = undefined;
  }

  #append(samples: Float32Array): void {
    const used = this.#end - this.#start;
    if (used + samples.length > this.#memory.length) {
      const grown = new Float32Array(2 * (used + samples.length));
      grown.set(this.#memory.subarray(0, used));
      this.#memory = grown;
    }
    this.#memory.set(samples, used);
    this.#end += samples.length;
  }
}

function requireChunk(chunk: AudioSamples): AudioSamples {
  if (chunk?.samples instanceof Float32Array && typeof chunk.sampleRate === 'number') return chunk;
  throw new FerrumError(
    'InvalidParameter',
    'Live audio must come as chunks { samples: Float32Array, sampleRate }, mono, −1 to 1.',
    { details: { parameter: 'audio' } },
  );
}
