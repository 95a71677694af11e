import { decodeAudio } from '@ferrum/audio';

/** Something like a voice: harmonics of 140 Hz that swell and fade, with a little noise from a fixed seed. */
export function voice(sampleRate: number, seconds: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: Math.round(sampleRate * seconds) }, (_, index) => {
    const time = index / sampleRate;
    state = (state * 16807) % 2147483647;
    const noise = state / 2147483647 - 0.5;
    const tone = [1, 2, 3, 5, 9, 14].reduce((sum, n) => sum + Math.sin(2 * Math.PI * 140 * n * time) / n, 0);
    return (0.2 * tone + 0.004 * noise) * (0.6 + 0.4 * Math.sin(2 * Math.PI * 3 * time));
  });
}

export function* chunksOf(samples: Float32Array, length: number): Generator<Float32Array> {
  for (let start = 0; start < samples.length; start += length) yield samples.subarray(start, start + length);
}

export async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Uint8Array.from(Buffer.concat(all));
}

/** As 16 kHz mono, −1 to 1. */
export async function decoded(audio: Uint8Array | string): Promise<Float32Array> {
  const all: Int16Array[] = [];
  for await (const { samples } of decodeAudio(audio)) all.push(samples);
  return Float32Array.from(
    all.flatMap((samples) => [...samples]),
    (sample) => sample / 32768,
  );
}

/** In dB, over what both have. */
export function signalToNoise(reference: Float32Array, actual: Float32Array): number {
  let [signal, noise] = [0, 0];
  for (let index = 0; index < Math.min(reference.length, actual.length); index++) {
    const [x = 0, y = 0] = [reference[index], actual[index]];
    signal += x * x;
    noise += (x - y) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}
