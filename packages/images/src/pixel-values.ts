import type { ChannelNormalization } from './image-preprocessing.js';

/** The float32 result of each 8-bit value, each step rounded to float32. */
export function pixelValues(
  scale: number,
  normalization: ChannelNormalization | undefined,
  channel: number,
): Float32Array {
  return Float32Array.from({ length: 256 }, (_, value) => {
    const scaled = Math.fround(value * scale);
    if (!normalization) return scaled;
    const centredValue = Math.fround(scaled - Math.fround(normalization.mean[channel]!));
    return centredValue / Math.fround(normalization.deviation[channel]!);
  });
}
