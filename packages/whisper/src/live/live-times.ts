import type { StreamedSegment } from '@ferrum/interfaces';
import type { SegmentDraft } from '../transcribe/segment-draft.js';
import { framesPerSecond } from '../transcribe/speech-model.js';
import { sampleRate } from './live-audio.js';
import type { Utterance } from './utterance-finder.js';

/** From times of an utterance to those of the audio. What the model hears beyond its end is the next one's. */
export function later(draft: SegmentDraft, { start, end }: Utterance): SegmentDraft {
  const offset = start / sampleRate;
  const shift = (time: number) => Math.round(Math.min(time + offset, end / sampleRate) * 1000) / 1000;
  return {
    ...draft,
    seek: draft.seek + frameOf(start),
    start: shift(draft.start),
    end: shift(draft.end),
    ...(draft.words
      ? { words: draft.words.map((word) => ({ ...word, start: shift(word.start), end: shift(word.end) })) }
      : {}),
  };
}

/** Takes back what has been shown of an utterance. */
export function nothing(id: number, utterance: Utterance): StreamedSegment {
  const scores = { temperature: 0, avgLogprob: 0, compressionRatio: 0, noSpeechProb: 1 };
  return { id, seek: frameOf(utterance.start), ...secondsOf(utterance), text: '', tokens: [], ...scores, final: false };
}

/** In frames of 10 ms. */
export function frameOf(position: number): number {
  return Math.floor((position * framesPerSecond) / sampleRate);
}

export function secondsOf({ start, end }: Utterance): { readonly start: number; readonly end: number } {
  const seconds = (position: number) => Math.round((position * 1000) / sampleRate) / 1000;
  return { start: seconds(start), end: seconds(end) };
}
