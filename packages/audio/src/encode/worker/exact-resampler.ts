import { createResampler } from '../../decode/resampler.js';

export interface ExactResampler {
  push(samples: Float32Array): Float32Array;
  finish(): Float32Array;
  close(): void;
}

/**
 * A resampler that makes of n samples exactly n · toRate / fromRate, rounded, however few they are: the filter of the
 * plain one gives a sample less at times, and loses the end of what is shorter than itself.
 */
export async function openExactResampler(fromRate: number, toRate: number): Promise<ExactResampler> {
  const resampler = await createResampler(fromRate, toRate);
  let received = 0;
  let given = 0;
  return {
    push(samples) {
      received += samples.length;
      const result = resampler.push(samples);
      given += result.length;
      return result;
    },
    finish() {
      const missing = Math.round((received * toRate) / fromRate) - given;
      // Silence behind the end, longer than the filter, pushes the rest out.
      const first = resampler.push(new Float32Array(Math.ceil(128 * Math.max(1, fromRate / toRate))));
      const last = resampler.finish();
      const rest = new Float32Array(first.length + last.length);
      rest.set(first);
      rest.set(last, first.length);
      return rest.subarray(0, missing);
    },
    close: () => resampler[Symbol.dispose](),
  };
}
