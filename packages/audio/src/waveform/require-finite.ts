import { FerrumError } from '@ferrum/registry/errors';

/**
 * Checks samples, so that what is computed from them stays a number.
 * @param start position of the first sample, for the message
 * @throws FerrumError `InvalidParameter` that says where a sample is NaN, infinite or beyond 10⁶.
 */
export function requireFinite(samples: Float32Array, start: number): void {
  for (let index = 0; index < samples.length; index++) {
    const sample = samples[index] ?? 0;
    if (Math.abs(sample) <= largestSample) continue;
    const message = `Sample ${start + index} of the audio is ${sample}; samples must be numbers between −1 and 1.`;
    throw new FerrumError('InvalidParameter', message);
  }
}

/** Audio out of range by whatever mistake of scale still has sums of squares that float32 holds. */
const largestSample = 1e6;
