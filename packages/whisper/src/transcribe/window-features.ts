import { frameCount, type LogMel, type Waveform, whisperNormalize } from '@ferrum/audio';

export interface HearableWindow {
  /** [melBins, windowFrames]. */
  readonly features: Float32Array;
  /** False for digital silence, and what is 80 dB below the loudest moment: a model invents words for it. */
  readonly isAudible: boolean;
}

/** Features of windows of one audio, as faster-whisper 1.2 makes them: normalised by the whole audio, zeros beyond its end. */
export class WindowFeatures {
  /** Of the audio. */
  readonly frames: number;
  /** Of all frames; of audio that fits in a window they are computed at once. */
  #whole: Promise<Float32Array> | undefined;
  #maximum: Promise<number> | undefined;

  constructor(
    private readonly logMel: LogMel,
    private readonly wave: Waveform,
    private readonly windowFrames: number,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.frames = frameCount(wave) - 1;
  }

  /** Of frames [start, start + count), then zeros. */
  async window(start: number, count: number): Promise<HearableWindow> {
    const maximum = await this.#largest();
    const found = whisperNormalize(await this.#compute(start, count), maximum);
    const isAudible = found.some((value) => value !== found[0]);
    if (count === this.windowFrames) return { features: found, isAudible };
    const { melBins } = this.logMel;
    const padded = new Float32Array(melBins * this.windowFrames);
    for (let bin = 0; bin < melBins; bin++) {
      padded.set(found.subarray(bin * count, (bin + 1) * count), bin * this.windowFrames);
    }
    return { features: padded, isAudible };
  }

  #largest(): Promise<number> {
    const { signal } = this;
    this.#maximum ??=
      this.frames < this.windowFrames ? this.#allFrames().then(largestOf) : this.logMel.maximum(this.wave, { signal });
    return this.#maximum;
  }

  async #compute(start: number, count: number): Promise<Float32Array> {
    const { logMel, wave, signal } = this;
    if (this.frames >= this.windowFrames) return logMel.compute(wave, start, start + count, { signal });
    const all = await this.#allFrames();
    const found = new Float32Array(logMel.melBins * count);
    for (let bin = 0; bin < logMel.melBins; bin++) {
      const from = bin * (this.frames + 1) + start;
      found.set(all.subarray(from, from + count), bin * count);
    }
    return found;
  }

  /** One more than what is transcribed: faster-whisper's maximum counts it. */
  #allFrames(): Promise<Float32Array> {
    this.#whole ??= this.logMel.compute(this.wave, 0, this.frames + 1, { signal: this.signal });
    return this.#whole;
  }
}

function largestOf(values: Float32Array): number {
  let largest = -Infinity;
  for (const value of values) if (value > largest) largest = value;
  return largest;
}
