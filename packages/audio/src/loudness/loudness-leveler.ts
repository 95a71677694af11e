import { FerrumError } from '@ferrum/registry/errors';
import { Limiter } from './limiter.js';
import { absoluteGate, LoudnessMeter } from './loudness-meter.js';

export interface LoudnessLevelerOptions {
  /** In Hz, 1000 to 768,000. */
  readonly sampleRate: number;
  /** Integrated loudness to reach, in LUFS: above −70, at most −5. −16 is usual for speech in one channel. */
  readonly target: number;
  /** What no sample goes beyond, in dBFS: above −70, at most 0. Default: −1. */
  readonly peak?: number | undefined;
}

/**
 * Brings speech that comes clause by clause to a loudness (ITU-R BS.1770-4). The gain is what all that was heard so
 * far, the present clause included, lacks to the target; so it settles, and the whole comes to the target. Beyond
 * +40 dB it does not go: what is so quiet is noise.
 *
 * Peaks are limited with a look-ahead of 10 ms. Lowering a whole clause for one loud vowel would make it quieter than
 * its neighbours; the limiter keeps them alike. Where the target is so high that it works all the time, the speech
 * stays quieter than the target.
 */
export class LoudnessLeveler {
  readonly #target: number;
  readonly #meter: LoudnessMeter;
  readonly #limiter: Limiter;

  /** @throws FerrumError `InvalidParameter` for a number out of range */
  constructor({ sampleRate, target, peak = -1 }: LoudnessLevelerOptions) {
    requireWithin('target', target, -5, 'LUFS');
    requireWithin('peak', peak, 0, 'dBFS');
    this.#target = target;
    this.#meter = new LoudnessMeter(sampleRate);
    this.#limiter = new Limiter(sampleRate, 10 ** (peak / 20));
  }

  /**
   * Levels the stretch of speech that comes next, of any length; silence stays silence.
   * @returns as many samples, in a new array
   * @throws FerrumError `InvalidParameter` for NaN or infinite samples
   */
  level(samples: Float32Array): Float32Array {
    if (!(samples instanceof Float32Array)) {
      throw new FerrumError('InvalidParameter', 'samples must be a Float32Array of mono samples.');
    }
    this.#meter.push(samples);
    const loudness = this.#heard();
    // Only silence so far: the first sound will say.
    if (loudness === undefined) return this.#limiter.clip(samples);
    return this.#limiter.apply(samples, 10 ** (Math.min(mostGain, this.#target - loudness) / 20));
  }

  #heard(): number | undefined {
    const { integrated, ungated } = this.#meter;
    if (integrated > absoluteGate) return integrated;
    return ungated > absoluteGate ? ungated : undefined;
  }
}

/** In dB. */
const mostGain = 40;

function requireWithin(parameter: string, value: number, highest: number, unit: string): void {
  if (value > absoluteGate && value <= highest) return;
  const message = `${parameter} must be a number above ${absoluteGate} and at most ${highest}, in ${unit}; it is ${String(value)}.`;
  throw new FerrumError('InvalidParameter', message, { details: { parameter } });
}
