import { requireFinite } from '../waveform/require-finite.js';
import { windowSamples } from './window-frames.js';
import { type WindowSequence, windowsPerRun } from './window-sequence.js';

/** Voice activity of live audio. Made by `VoiceActivityDetector.stream`. */
export class VoiceActivityStream {
  readonly #sequence: WindowSequence;
  /** Samples since the last whole window. */
  #rest = new Float32Array(0);
  /** Samples before those, since the beginning. */
  #position = 0;
  #calls: Promise<unknown> = Promise.resolve();

  constructor(sequence: WindowSequence) {
    this.#sequence = sequence;
  }

  /**
   * Takes the next samples, mono at 16 kHz, as many as there are; they may change once the call has returned. Calls are
   * worked off in their order.
   * @returns a probability for each window of 512 samples that they complete
   * @throws FerrumError `InvalidParameter` for a sample that is no ordinary number; those of the call are then left out.
   */
  push(samples: Float32Array): Promise<Float32Array> {
    const copy = samples.slice();
    return this.#inOrder(() => this.#push(copy));
  }

  /**
   * Ends the audio: fills the window begun up with silence. The next push begins a new one.
   * @returns the probability of that window
   */
  finish(): Promise<Float32Array> {
    return this.#inOrder(async () => {
      const probabilities = await this.#push(new Float32Array(windowSamples - this.#rest.length));
      this.#sequence.reset();
      this.#position = 0;
      return probabilities;
    });
  }

  async #push(samples: Float32Array): Promise<Float32Array> {
    requireFinite(samples, this.#position + this.#rest.length);
    const all = new Float32Array(this.#rest.length + samples.length);
    all.set(this.#rest);
    all.set(samples, this.#rest.length);
    const windows = Math.floor(all.length / windowSamples);
    const probabilities = new Float32Array(windows);
    for (let window = 0; window < windows; window += windowsPerRun) {
      const end = Math.min(window + windowsPerRun, windows);
      const piece = all.subarray(window * windowSamples, end * windowSamples);
      probabilities.set(await this.#sequence.advance(piece), window);
    }
    this.#rest = all.slice(windows * windowSamples);
    this.#position += windows * windowSamples;
    return probabilities;
  }

  #inOrder<Result>(call: () => Promise<Result>): Promise<Result> {
    const result = this.#calls.then(call);
    this.#calls = result.catch(() => undefined);
    return result;
  }
}
