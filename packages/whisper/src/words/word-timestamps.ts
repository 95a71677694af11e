import type { TranscriptionWord } from '@ferrum/interfaces';
import type { AlignedWord } from './align-words.js';
import { defaultAppendPunctuations, defaultPrependPunctuations, mergePunctuations } from './merge-punctuations.js';

/** What word timestamps need of a segment; its other fields are kept. */
export interface SegmentToTime {
  /** In seconds of the audio. */
  readonly start: number;
  /** In seconds of the audio. */
  readonly end: number;
  /** With or without timestamps. */
  readonly tokens: readonly number[];
}

export interface WordTimestampsInput<Segment extends SegmentToTime> {
  /** Of one window, in order. */
  readonly segments: readonly Segment[];
  /** Of the segments' text tokens, joined; before punctuation is joined. */
  readonly words: readonly AlignedWord[];
  /** Ids below it are text. */
  readonly endOfText: number;
  /** Where the window starts, in seconds. */
  readonly windowStart: number;
  /** Where speech ended before this window, in seconds. */
  readonly lastSpeechEnd: number;
  /** Default `"'“¿([{-`. */
  readonly prependPunctuations?: string;
  /** Default `"'.。,，!！?？:：”)]}、`. */
  readonly appendPunctuations?: string;
}

export interface TimedSegments<Segment extends SegmentToTime> {
  /** Their start and end follow their words, unless a word is implausibly long. */
  readonly segments: (Segment & { readonly words: readonly Required<TranscriptionWord>[] })[];
  /** Where speech ends in this window, in seconds. */
  readonly lastSpeechEnd: number;
}

/**
 * Gives each segment its words, in seconds of the audio. Words that the alignment made too long, because of a pause before
 * or after them, are cut to twice the window's median: at the ends of sentences and of segments. The rules of
 * faster-whisper 1.2.1, `add_word_timestamps`.
 */
export function addWordTimestamps<Segment extends SegmentToTime>(
  input: WordTimestampsInput<Segment>,
): TimedSegments<Segment> {
  const { endOfText, windowStart } = input;
  const median = medianDuration(input.words);
  const words = mergePunctuations(
    median.isKnown ? shortenAtSentenceEnds(input.words, 2 * median.duration) : input.words,
    input.prependPunctuations ?? defaultPrependPunctuations,
    input.appendPunctuations ?? defaultAppendPunctuations,
  );
  let lastSpeechEnd = input.lastSpeechEnd;
  let next = 0;
  const segments = input.segments.map((segment) => {
    const textTokens = segment.tokens.filter((token) => token < endOfText).length;
    const taken: MutableWord[] = [];
    for (let tokens = 0; tokens < textTokens; next++) {
      const word = words[next];
      if (word === undefined) break;
      tokens += word.tokens.length;
      taken.push({
        word: word.word,
        start: toHundredths(windowStart + word.start),
        end: toHundredths(windowStart + word.end),
        probability: word.probability,
      });
    }
    const { start, end } = fitToSegment(taken, segment, median.duration, lastSpeechEnd);
    if (taken.length > 0) lastSpeechEnd = end;
    return {
      ...segment,
      start,
      end,
      words: taken.map((word) => ({ ...word, start: toMilliseconds(word.start), end: toMilliseconds(word.end) })),
    };
  });
  return { segments, lastSpeechEnd };
}

type MutableWord = { -readonly [Key in keyof TranscriptionWord]-?: TranscriptionWord[Key] };

const sentenceEnds = '.。!！?？';
/** In seconds: a longer median says more about pauses than about words. */
const longestMedian = 0.7;

function medianDuration(words: readonly AlignedWord[]): { readonly duration: number; readonly isKnown: boolean } {
  const durations = words
    .map((word) => word.end - word.start)
    .filter((duration) => duration !== 0)
    .sort((a, b) => a - b);
  const middle = durations.length / 2;
  const upper = durations[Math.floor(middle)];
  const lower = durations[Math.ceil(middle) - 1];
  if (upper === undefined || lower === undefined) return { duration: 0, isKnown: false };
  return { duration: Math.min(longestMedian, (lower + upper) / 2), isKnown: true };
}

/** A long mark ends early; a long word after a mark starts late. */
function shortenAtSentenceEnds(words: readonly AlignedWord[], longest: number): AlignedWord[] {
  return words.map((word, index) => {
    const previous = words[index - 1];
    if (previous === undefined || word.end - word.start <= longest) return word;
    if (sentenceEnds.includes(word.word)) return { ...word, end: word.start + longest };
    if (sentenceEnds.includes(previous.word)) return { ...word, start: word.end - longest };
    return word;
  });
}

/** Changes the first two and the last of a segment's words, and says where the segment starts and ends. */
function fitToSegment(
  words: MutableWord[],
  segment: SegmentToTime,
  median: number,
  lastSpeechEnd: number,
): { readonly start: number; readonly end: number } {
  const [first, second] = words;
  const last = words.at(-1);
  if (first === undefined || last === undefined) return segment;
  shortenAfterPause(first, second, median, lastSpeechEnd);
  let { start, end } = segment;
  // A first word that starts long before its segment, or a last one that ends long after, is cut to the segment.
  if (start < first.end && start - 0.5 > first.start) {
    first.start = Math.max(0, Math.min(first.end - median, start));
  } else {
    start = first.start;
  }
  if (end > last.start && end + 0.5 < last.end) {
    last.end = Math.max(last.start + median, end);
  } else {
    end = last.end;
  }
  return { start: toMilliseconds(start), end: toMilliseconds(end) };
}

/** The first two words after a pause may not last longer than twice the median each. */
function shortenAfterPause(
  first: MutableWord,
  second: MutableWord | undefined,
  median: number,
  lastSpeechEnd: number,
): void {
  const longest = 2 * median;
  if (first.end - lastSpeechEnd <= 4 * median) return;
  const areLong = second !== undefined && second.end - first.start > 2 * longest;
  if (first.end - first.start <= longest && !areLong) return;
  if (second !== undefined && second.end - second.start > longest) {
    const boundary = Math.max(second.end / 2, second.end - longest);
    first.end = boundary;
    second.start = boundary;
  }
  first.start = Math.max(0, first.end - longest);
}

function toHundredths(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}

/** Takes away what floating point adds in the 15th digit. */
function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
