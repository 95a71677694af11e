import type { TranscriptionResult, TranscriptionSegment, TranscriptionWord } from '@ferrum/interfaces';

/** A segment with made-up values where a test names none. */
export function segment(values: Partial<TranscriptionSegment>): TranscriptionSegment {
  return {
    id: 0,
    seek: 0,
    start: 0,
    end: 1,
    text: ' text',
    tokens: [50364, 2487, 50414],
    temperature: 0,
    avgLogprob: -0.25,
    compressionRatio: 1.5,
    noSpeechProb: 0.125,
    ...values,
  };
}

/** Words that follow each other, each lasting half a second. */
export function words(...texts: readonly string[]): TranscriptionWord[] {
  return texts.map((word, index) => ({ word, start: index / 2, end: (index + 1) / 2, probability: 0.5 }));
}

export function result(segments: readonly TranscriptionSegment[]): TranscriptionResult {
  return {
    text: segments.map(({ text }) => text).join(''),
    task: 'transcribe',
    language: 'en',
    languageProbability: 1,
    duration: 2.5,
    segments,
    ...(segments[0]?.words && { words: segments.flatMap((one) => one.words ?? []) }),
  };
}
