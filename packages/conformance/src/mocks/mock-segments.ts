import type { AudioSamples, TranscribeOptions, TranscriptionSegment } from '@ferrum/interfaces';

const wordsPerSegment = 4;

/** The text spread evenly over the sound, in segments of a few words; nothing of silence. */
export function mockSegments(
  { samples, sampleRate }: AudioSamples,
  text: string,
  { vadFilter = false, wordTimestamps = false, task }: TranscribeOptions,
): readonly TranscriptionSegment[] {
  const first = samples.findIndex((sample) => Math.abs(sample) > 1e-3);
  if (first < 0) return [];
  const begin = vadFilter ? first / sampleRate : 0;
  const said = (task === 'translate' ? `translated ${text}` : text).split(' ');
  const step = (samples.length / sampleRate - begin) / said.length;
  const words = said.map((word, index) => ({
    word: ` ${word}`,
    start: begin + index * step,
    end: begin + (index + 1) * step,
    probability: 0.9,
  }));
  const segments: TranscriptionSegment[] = [];
  for (let from = 0; from < words.length; from += wordsPerSegment) {
    const part = words.slice(from, from + wordsPerSegment);
    const start = part[0]?.start ?? 0;
    segments.push({
      id: segments.length,
      seek: Math.floor(start * 100),
      start,
      end: part.at(-1)?.end ?? start,
      text: part.map(({ word }) => word).join(''),
      tokens: part.map((_, index) => from + index),
      temperature: 0,
      avgLogprob: -0.1,
      compressionRatio: 1,
      noSpeechProb: 0.01,
      ...(wordTimestamps && { words: part }),
    });
  }
  return segments;
}
