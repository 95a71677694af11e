import type { TranscriptionWord } from '@ferrum/interfaces';
import { defaultAppendPunctuations, defaultPrependPunctuations } from './merge-punctuations.js';

/** What the rules look at of a segment with word timestamps; times in seconds of the audio. */
export interface SegmentWithWords {
  readonly start: number;
  readonly end: number;
  readonly words: readonly Required<TranscriptionWord>[];
}

/** Frames of the mel spectrogram a second. */
const framesPerSecond = 100;
const punctuation = defaultPrependPunctuations + defaultAppendPunctuations;

/** How odd a word is: improbable, shorter than 133 ms or longer than 2 s. 0 is not at all. */
export function wordAnomalyScore({ start, end, probability }: Required<TranscriptionWord>): number {
  const duration = end - start;
  let score = probability < 0.15 ? 1 : 0;
  if (duration < 0.133) score += (0.133 - duration) * 15;
  if (duration > 2) score += duration - 2;
  return score;
}

/** Whether a segment's first eight words, punctuation apart, are odd enough to doubt that somebody said them. */
export function isSegmentAnomaly(segment: SegmentWithWords | undefined): boolean {
  if (segment === undefined || segment.words.length === 0) return false;
  const words = segment.words.filter(({ word }) => !punctuation.includes(word)).slice(0, 8);
  const score = words.reduce((sum, word) => sum + wordAnomalyScore(word), 0);
  return score >= 3 || score + 0.01 >= words.length;
}

/** The first segment that has words. */
export function nextSegmentWithWords<Segment extends SegmentWithWords>(
  segments: readonly Segment[],
): Segment | undefined {
  return segments.find((segment) => segment.words.length > 0);
}

/** Where the last word ends, in seconds; where the last segment ends when no segment has words. */
export function lastWordEnd(segments: readonly SegmentWithWords[]): number | undefined {
  const last = segments.findLast((segment) => segment.words.length > 0) ?? segments.at(-1);
  return last?.words.at(-1)?.end ?? last?.end;
}

export interface WindowToCheck<Segment extends SegmentWithWords> {
  readonly segments: readonly Segment[];
  /** A shorter silence around a doubtful segment is none, in seconds. */
  readonly silenceThreshold: number;
  /** Where the window starts, in frames of 10 ms. */
  readonly windowSeek: number;
  /** Frames of audio in the window, at most 3000. */
  readonly windowFrames: number;
  /** Frames of the whole audio. */
  readonly audioFrames: number;
  /** Where the next window starts if nothing is dropped, in frames. */
  readonly seek: number;
  /** Where speech ended before this window, in seconds. */
  readonly lastSpeechEnd: number;
}

export interface CheckedWindow<Segment extends SegmentWithWords> {
  /** Those kept. */
  readonly segments: readonly Segment[];
  /** Where the next window starts, in frames of 10 ms. */
  readonly seek: number;
  /**
   * True when a silence before the window's first words is to be skipped and the window decoded again after it: then
   * nothing of the window counts, neither for the last end of speech nor for the prompt.
   */
  readonly decodesAgain: boolean;
}

/**
 * Drops segments that were likely invented: doubtful ones with silence, or more of their kind, on both sides. The rules of
 * `hallucination_silence_threshold` in faster-whisper 1.2.1.
 */
export function dropHallucinations<Segment extends SegmentWithWords>(
  window: WindowToCheck<Segment>,
): CheckedWindow<Segment> {
  const { segments, silenceThreshold, windowSeek, windowFrames, audioFrames, seek } = window;
  const windowStart = windowSeek / framesPerSecond;
  const first = nextSegmentWithWords(segments);
  if (first !== undefined && isSegmentAnomaly(first)) {
    const gap = first.start - windowStart;
    if (gap > silenceThreshold) {
      return { segments: [], seek: windowSeek + Math.round(gap * framesPerSecond), decodesAgain: true };
    }
  }
  // That of a whole window, also when the audio ends before.
  const windowEnd = (windowSeek + 3000) / framesPerSecond;
  let speechEnd = window.lastSpeechEnd;
  for (const [index, segment] of segments.entries()) {
    if (segment.words.length === 0) continue;
    if (isSegmentAnomaly(segment)) {
      const next = nextSegmentWithWords(segments.slice(index + 1));
      const nextStart = next?.words[0]?.start ?? windowStart + windowFrames / framesPerSecond;
      const silenceBefore =
        segment.start - speechEnd > silenceThreshold ||
        segment.start < silenceThreshold ||
        segment.start - windowStart < 2;
      const silenceAfter =
        nextStart - segment.end > silenceThreshold || isSegmentAnomaly(next) || windowEnd - segment.end < 2;
      if (silenceBefore && silenceAfter) {
        const endsInSilence = audioFrames / framesPerSecond - segment.end < silenceThreshold;
        const after = Math.round(Math.max(windowStart + 1, segment.start) * framesPerSecond);
        return { segments: segments.slice(0, index), seek: endsInSilence ? audioFrames : after, decodesAgain: false };
      }
    }
    speechEnd = segment.end;
  }
  return { segments, seek, decodesAgain: false };
}
