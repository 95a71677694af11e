import { type AudioFormat, encodeAudio } from '@ferrum/audio';

/** The bytes of a file with a tone of 300 Hz. */
export async function toneFile(format: AudioFormat, seconds: number): Promise<Uint8Array<ArrayBuffer>> {
  const sampleRate = 16_000;
  const samples = Float32Array.from(
    { length: seconds * sampleRate },
    (_, index) => 0.3 * Math.sin((2 * Math.PI * 300 * index) / sampleRate),
  );
  const pieces: Uint8Array[] = [];
  for await (const piece of encodeAudio([samples], { format, inputSampleRate: sampleRate })) pieces.push(piece);
  return Uint8Array.from(Buffer.concat(pieces));
}
