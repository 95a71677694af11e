import type { Waveform } from '../../waveform/waveform.js';

/** The signal of fixtures/make.py. */
export function noise(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, (_, index) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const block = Math.floor(index / 4000);
    const level = block % 5 === 4 ? 0 : block % 2 === 0 ? 1 : 0.05;
    return level * (state / 2 ** 31 - 1);
  });
}

/** Audio in memory. */
export function waveformOf(samples: Float32Array): Waveform {
  return {
    sampleRate: 16000,
    length: samples.length,
    duration: samples.length / 16000,
    read(start, end, into = new Float32Array(end - start)) {
      into.fill(0);
      const part = samples.subarray(Math.max(0, start), Math.max(0, end));
      into.set(part, Math.max(0, -start));
      return into;
    },
  };
}

/** The samples of a WAV file of 16-bit mono. */
export function wavSamples(file: Buffer): Float32Array {
  const data = file.indexOf('data') + 8;
  return Float32Array.from(
    { length: (file.length - data) >> 1 },
    (_, index) => file.readInt16LE(data + 2 * index) / 32768,
  );
}
