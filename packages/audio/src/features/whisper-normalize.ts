/**
 * Whisper's scale of log-mel features, in place: (max(x, maximum − 8) + 4) / 4.
 * @param maximum the largest value of the whole audio (faster-whisper) or of the window (Whisper): `LogMel.maximum`
 * @returns `features`
 */
export function whisperNormalize(features: Float32Array, maximum: number): Float32Array {
  const floor = maximum - dynamicRange;
  for (let index = 0; index < features.length; index++) {
    features[index] = (Math.max(features[index] ?? 0, floor) + 4) / 4;
  }
  return features;
}

/** 80 dB, in log10 of power. */
const dynamicRange = 8;
