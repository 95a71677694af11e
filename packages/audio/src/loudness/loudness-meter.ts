import { FerrumError } from '@ferrum/registry/errors';
import { rateRange } from '../decode/libav/mono-graph.js';
import { requireFinite } from '../waveform/require-finite.js';
import { KFilter } from './k-weighting.js';

/** Measures the loudness of mono audio that comes piece by piece, as ITU-R BS.1770-4 defines it. Keeps 80 bytes a second. */
export class LoudnessMeter {
  readonly #sampleRate: number;
  readonly #filter: KFilter;
  /** Sums of squares: of the tenth of a second that goes on, and of the last four that are complete. */
  #sum = 0;
  #recent: { readonly sum: number; readonly length: number }[] = [];
  #steps = 0;
  #stepStart = 0;
  #stepEnd: number;
  #position = 0;
  #total = 0;
  /** Mean squares of the blocks of 400 ms, one every 100 ms, above the absolute gate. */
  readonly #blocks: number[] = [];

  /** @throws FerrumError `InvalidParameter` for a sample rate outside of 1000 to 768,000 Hz */
  constructor(sampleRate: number) {
    const { lowest, highest } = rateRange;
    if (!(sampleRate >= lowest && sampleRate <= highest)) {
      const message = `sampleRate must be a number from ${lowest} to ${highest}, in Hz; it is ${String(sampleRate)}.`;
      throw new FerrumError('InvalidParameter', message, { details: { parameter: 'sampleRate' } });
    }
    this.#sampleRate = sampleRate;
    this.#filter = new KFilter(sampleRate);
    this.#stepEnd = Math.round(sampleRate / 10);
  }

  /** @throws FerrumError `InvalidParameter` for NaN or infinite samples */
  push(samples: Float32Array): void {
    requireFinite(samples, this.#position);
    const weighted = this.#filter.apply(samples);
    for (let start = 0; start < weighted.length; ) {
      const end = Math.min(weighted.length, start + this.#stepEnd - this.#position);
      let sum = 0;
      for (let index = start; index < end; index++) sum += (weighted[index] ?? 0) ** 2;
      this.#sum += sum;
      this.#position += end - start;
      start = end;
      if (this.#position === this.#stepEnd) this.#endStep();
    }
  }

  /**
   * Integrated loudness in LUFS: of all blocks above −70 LUFS those that are less than 10 LU below their mean.
   * −Infinity for silence, and for less than the 400 ms of a block.
   */
  get integrated(): number {
    if (this.#blocks.length === 0) return Number.NEGATIVE_INFINITY;
    const threshold = mean(this.#blocks) * 10 ** (relativeGate / 10);
    return loudnessOf(mean(this.#blocks.filter((power) => power > threshold)));
  }

  /** Without blocks or gates, in LUFS: for what is too short for them. −Infinity for silence. */
  get ungated(): number {
    return this.#position === 0 ? Number.NEGATIVE_INFINITY : loudnessOf((this.#total + this.#sum) / this.#position);
  }

  #endStep(): void {
    this.#total += this.#sum;
    this.#recent.push({ sum: this.#sum, length: this.#stepEnd - this.#stepStart });
    this.#sum = 0;
    this.#stepStart = this.#stepEnd;
    this.#stepEnd = Math.round((++this.#steps + 1) * (this.#sampleRate / 10));
    if (this.#recent.length < 4) return;
    const block = this.#recent.reduce((sum, step) => sum + step.sum, 0);
    const power = block / this.#recent.reduce((sum, step) => sum + step.length, 0);
    if (loudnessOf(power) > absoluteGate) this.#blocks.push(power);
    this.#recent.shift();
  }
}

/**
 * Integrated loudness of mono audio in LUFS (ITU-R BS.1770-4): K-weighting, blocks of 400 ms that overlap by 75 %,
 * gates at −70 LUFS and 10 LU below the mean. −Infinity for silence, and for less than 400 ms.
 *
 * @param sampleRate in Hz, 1000 to 768,000
 * @throws FerrumError `InvalidParameter` for NaN or infinite samples, or a sample rate out of range
 */
export function integratedLoudness(samples: Float32Array, sampleRate: number): number {
  const meter = new LoudnessMeter(sampleRate);
  meter.push(samples);
  return meter.integrated;
}

/** In LUFS. */
export const absoluteGate = -70;
/** In LU. */
const relativeGate = -10;

/** Formula 2 of BS.1770-4 for one channel: −0.691 dB cancel what K-weighting does to 1 kHz. */
function loudnessOf(power: number): number {
  return -0.691 + 10 * Math.log10(power);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
