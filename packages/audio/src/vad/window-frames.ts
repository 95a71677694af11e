/** Samples that each probability is for: 32 ms at 16 kHz. */
export const windowSamples = 512;
/** Samples before a window that the model sees with it. */
export const contextSamples = 64;
export const framesPerWindow = 4;
export const frameSamples = 256;

/**
 * Cuts windows into frames: four of 256 samples every 128, from 64 samples before the window on; the last one reaches 64
 * samples past its end, where the window is mirrored on its last sample.
 * @param samples [64 + windows · 512]
 * @param frames is overwritten: [windows, 4, 256]
 */
export function frameWindows(samples: Float32Array, windows: number, frames: Float32Array): void {
  for (let window = 0; window < windows; window++) {
    const start = window * windowSamples;
    const last = start + contextSamples + windowSamples - 1;
    const target = window * framesPerWindow * frameSamples;
    for (let frame = 0; frame < framesPerWindow; frame++) {
      const first = start + frame * hop;
      frames.set(samples.subarray(first, Math.min(first + frameSamples, last + 1)), target + frame * frameSamples);
    }
    const mirrored = target + framesPerWindow * frameSamples - contextSamples;
    for (let after = 0; after < contextSamples; after++) frames[mirrored + after] = samples[last - 1 - after] ?? 0;
  }
}

const hop = 128;
