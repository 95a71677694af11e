import type { TranscriptionSegment, TranscriptionWord } from '@ferrum/interfaces';
import type { WhisperTokens } from '../tokens/whisper-tokens.js';
import type { DecodedWindow } from './decode-window.js';
import type { WindowSegment } from './split-segments.js';

/** A segment without its number. */
export type SegmentDraft = Omit<TranscriptionSegment, 'id'>;

/** Those of a window that say something. @param seek where the window starts, in frames */
export function draftSegments(
  segments: readonly (WindowSegment & { readonly words?: readonly TranscriptionWord[] })[],
  { temperature, avgLogprob, compressionRatio, noSpeechProb }: DecodedWindow,
  tokens: WhisperTokens,
  seek: number,
): SegmentDraft[] {
  return segments.flatMap((segment) => {
    const text = tokens.decode(segment.tokens);
    if (segment.start === segment.end || !saysSomething(text)) return [];
    const { start, end, words } = segment;
    const scores = { temperature, avgLogprob, compressionRatio, noSpeechProb };
    return [{ seek, start, end, text, tokens: segment.tokens, ...scores, ...(words ? { words } : {}) }];
  });
}

/** Marks alone are what a model writes for noise. */
function saysSomething(text: string): boolean {
  return /[\p{Letter}\p{Number}]/u.test(text);
}
