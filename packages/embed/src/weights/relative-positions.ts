import type { RelativePositions } from '@ferrum/onnx';

/**
 * The learned bias of every distance, float32 [2 · maxTokens − 1, heads], from the farthest token before to the farthest
 * after: near distances have a bucket each, farther ones share buckets that widen with the logarithm (Raffel et al. 2020).
 * @param buckets [buckets, heads]
 */
export function distanceTable(
  buckets: Float32Array,
  heads: number,
  maxTokens: number,
  config: RelativePositions,
): Float32Array {
  const table = new Float32Array((2 * maxTokens - 1) * heads);
  for (let distance = 1 - maxTokens; distance < maxTokens; distance++) {
    const bucket = bucketOf(distance, config);
    table.set(buckets.subarray(bucket * heads, (bucket + 1) * heads), (distance + maxTokens - 1) * heads);
  }
  return table;
}

/** @param distance key position − query position: the upper half of the buckets is for what comes after */
function bucketOf(distance: number, { buckets, maxDistance }: RelativePositions): number {
  const half = Math.floor(buckets / 2);
  const side = distance > 0 ? half : 0;
  const magnitude = Math.abs(distance);
  const exact = Math.floor(half / 2);
  if (magnitude < exact) return side + magnitude;
  // In single precision, as the model was trained.
  const share = Math.fround(
    Math.fround(Math.log(Math.fround(magnitude / exact))) / Math.fround(Math.log(maxDistance / exact)),
  );
  return side + Math.min(half - 1, exact + Math.floor(Math.fround(share * (half - exact))));
}
