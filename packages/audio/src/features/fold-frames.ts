/** Samples that a frame spans; its centre is the 201st. */
export const frameLength = 400;
/** Samples from one frame to the next. */
export const hopLength = 160;
/** Samples of a frame before its centre. */
export const halfFrame = frameLength / 2;
/** Columns of each part of a folded frame. */
export const foldedLength = 100;

/**
 * Folds frames on their centre. The window and the cosines are even about it, the sines odd, so the transform needs only
 * x[n] + x[400 − n] and x[n] − x[400 − n] for n = 1 … 200 (x[0] has weight 0). Even and odd n are kept apart, because
 * cos(2π(200 − k)n / 400) = (−1)ⁿ cos(2πkn / 400), and with the other sign the sine: bin 200 − k comes from the same
 * products as bin k. Both halve the work.
 * @param samples that frame t takes from index 160·t on; `hopLength * (frames − 1) + frameLength` of them or more
 * @param folded is overwritten: [sums of even n, sums of odd n, differences of even n, differences of odd n] × [frames, 100]
 */
export function foldFrames(samples: Float32Array, frames: number, folded: Float32Array): void {
  const part = frames * foldedLength;
  const evenSums = folded.subarray(0, part);
  const oddSums = folded.subarray(part, 2 * part);
  const evenDifferences = folded.subarray(2 * part, 3 * part);
  const oddDifferences = folded.subarray(3 * part, 4 * part);
  for (let frame = 0; frame < frames; frame++) {
    let low = frame * hopLength + 1;
    let high = frame * hopLength + frameLength - 1;
    const first = frame * foldedLength;
    const last = first + foldedLength - 1;
    for (let column = first; column <= last; column++) {
      const oddLow = samples[low++] ?? 0;
      const oddHigh = samples[high--] ?? 0;
      oddSums[column] = oddLow + oddHigh;
      oddDifferences[column] = oddLow - oddHigh;
      const evenLow = samples[low++] ?? 0;
      const evenHigh = samples[high--] ?? 0;
      evenSums[column] = evenLow + evenHigh;
      evenDifferences[column] = evenLow - evenHigh;
    }
    // The centre, n = 200, is its own mirror image.
    evenSums[last] = samples[frame * hopLength + halfFrame] ?? 0;
  }
}
