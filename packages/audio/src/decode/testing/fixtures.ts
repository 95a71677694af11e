import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('../fixtures/', import.meta.url);

/** The audio files that fixtures/make.py wrote. */
export const fixtureNames: readonly string[] = readdirSync(folder).filter((name) =>
  /\.(wav|w64|mp3|flac|ogg|webm|mkv|m4a|mp4|aac)$/.test(name),
);

export function fixturePath(name: string): string {
  return fileURLToPath(new URL(name, folder));
}

export function fixtureBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, folder)));
}

/** What PyAV decodes a fixture to, with FFmpeg's own settings. */
export function expectedSamples(name: string): Int16Array {
  const bytes = new Uint8Array(readFileSync(new URL(`expected/${name}.s16`, folder)));
  return new Int16Array(bytes.buffer, 0, bytes.length / 2);
}

/** How far two signals are apart, −1 to 1 each. */
export function compare(
  actual: Float32Array,
  expected: Float32Array,
): { readonly max: number; readonly correlation: number } {
  const length = Math.min(actual.length, expected.length);
  const sums = { max: 0, xx: 0, yy: 0, xy: 0 };
  for (let index = 0; index < length; index++) {
    const [x = 0, y = 0] = [actual[index], expected[index]];
    sums.max = Math.max(sums.max, Math.abs(x - y));
    sums.xx += x * x;
    sums.yy += y * y;
    sums.xy += x * y;
  }
  return { max: sums.max, correlation: sums.xy / Math.sqrt(sums.xx * sums.yy) };
}

export function toFloats(samples: Int16Array): Float32Array {
  return Float32Array.from(samples, (sample) => sample / 32768);
}
