/** The largest step from one sample to the next within so many samples of these places. */
export function largestSeamStep(samples: Float32Array, places: readonly number[], around: number): number {
  let largest = 0;
  for (const place of places) {
    for (let at = Math.max(1, place - around); at < Math.min(samples.length, place + around); at += 1) {
      largest = Math.max(largest, stepAt(samples, at));
    }
  }
  return largest;
}

/** What 99.9 % of all steps between neighbouring samples are no larger than. */
export function seamPercentile(samples: Float32Array): number {
  const steps = Float32Array.from({ length: samples.length - 1 }, (_, at) => stepAt(samples, at + 1)).sort();
  return steps[Math.floor(0.999 * steps.length)] ?? 0;
}

function stepAt(samples: Float32Array, at: number): number {
  return Math.abs((samples[at] as number) - (samples[at - 1] as number));
}
