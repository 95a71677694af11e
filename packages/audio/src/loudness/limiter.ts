/** How long before a peak the gain begins to fall, and takes to fall, in seconds. */
const attackSeconds = 0.01;
/** How long it takes to rise from 0, in seconds: slow enough not to follow the voice's periods. */
const releaseSeconds = 0.1;

/**
 * Applies a gain without steps, and keeps every sample within a peak: the gain is lowered ahead of a peak and raised
 * slowly after it. It takes stretches of audio that follow on each other, and holds nothing back.
 */
export class Limiter {
  readonly #attack: number;
  readonly #release: number;
  readonly #peak: number;
  /** The gains of the last `attack` samples, before they are averaged. */
  #history: Float64Array | undefined;

  /** @param peak 0 < peak ≤ 1 */
  constructor(sampleRate: number, peak: number) {
    this.#attack = Math.max(1, Math.round(attackSeconds * sampleRate));
    this.#release = releaseSeconds * sampleRate;
    // A little less, so that rounding to float32 does not go above it.
    this.#peak = peak * (1 - 2 ** -23);
  }

  /** Only cuts off what is beyond the peak; a new array. */
  clip(samples: Float32Array): Float32Array {
    return Float32Array.from(samples, (sample) => Math.max(-this.#peak, Math.min(this.#peak, sample)));
  }

  /**
   * The samples times the gain, or less around peaks; a new array. From the gain of the stretch before it goes down
   * within 10 ms, and up within 100 ms.
   */
  apply(samples: Float32Array, gain: number): Float32Array {
    const attack = this.#attack;
    const peak = this.#peak;
    const history = this.#history ?? new Float64Array(attack).fill(gain);
    // history, then what each sample allows for itself and the `attack` that follow it.
    const gains = new Float64Array(attack + samples.length);
    gains.set(history);
    this.#fillLowest(gains, samples, gain);
    const rise = Math.max(1, gain) / this.#release;
    for (let index = attack; index < gains.length; index++) {
      gains[index] = Math.min(gains[index] ?? gain, (gains[index - 1] ?? gain) + rise);
    }
    // The mean of `attack` + 1 gains, each of which allows for this sample: neither above its own nor in steps.
    let sum = gains.subarray(0, attack).reduce((total, value) => total + value, 0);
    const result = new Float32Array(samples.length);
    for (let index = 0; index < samples.length; index++) {
      sum += gains[index + attack] ?? 0;
      // Only a peak in the first 10 ms of a stretch can be cut off: the stretch before did not know of it.
      const wanted = (samples[index] ?? 0) * (sum / (attack + 1));
      result[index] = Math.max(-peak, Math.min(peak, wanted));
      sum -= gains[index] ?? 0;
    }
    this.#history = gains.slice(gains.length - attack);
    return result;
  }

  /**
   * For each sample the lowest gain that it and the `attack` samples after it allow, in one pass from the end: a queue
   * holds those that are lower than all that come before them.
   */
  #fillLowest(gains: Float64Array, samples: Float32Array, gain: number): void {
    const attack = this.#attack;
    const peak = this.#peak;
    if (samples.every((sample) => Math.abs(sample) * gain <= peak)) {
      gains.fill(gain, attack);
      return;
    }
    const queue = new Int32Array(samples.length);
    let first = 0;
    let end = 0;
    const allowed = (index: number): number => Math.min(gain, peak / Math.abs(samples[index] ?? 0));
    for (let index = samples.length - 1; index >= 0; index--) {
      const own = allowed(index);
      while (end > first && allowed(queue[end - 1] ?? 0) >= own) end--;
      queue[end++] = index;
      if ((queue[first] ?? 0) > index + attack) first++;
      gains[attack + index] = allowed(queue[first] ?? 0);
    }
  }
}
