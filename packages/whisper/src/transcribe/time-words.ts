import type { HeardWindow } from '../engine/decoding-jobs.js';
import { type AlignedWord, alignWords } from '../words/align-words.js';
import { addWordTimestamps } from '../words/word-timestamps.js';
import type { SpeechModel } from './speech-model.js';
import type { WindowSegment } from './split-segments.js';
import type { TranscribeSettings } from './transcribe-settings.js';

export interface WindowToAlign {
  readonly segments: readonly WindowSegment[];
  readonly language: string;
  /** Of audio in the window. */
  readonly frames: number;
}

/** Finds when each word of a window's segments is said, in seconds of the window. */
export async function alignSegments(
  model: SpeechModel,
  window: HeardWindow,
  { segments, language, frames }: WindowToAlign,
  settings: TranscribeSettings,
): Promise<readonly AlignedWord[]> {
  const { endOfText } = model.tokens;
  const text = segments.flatMap(({ tokens }) => tokens.filter((token) => token < endOfText));
  return align(model, window, text, language, frames, settings);
}

export interface WindowToTime {
  readonly segments: readonly WindowSegment[];
  readonly words: readonly AlignedWord[];
  /** Where the window starts, in seconds of the audio. */
  readonly offset: number;
  /** Where speech ended before it, in seconds. */
  readonly lastSpeechEnd: number;
}

/** Gives each segment its words, in seconds of the audio. */
export function timeSegments(
  { tokens }: SpeechModel,
  { segments, words, offset, lastSpeechEnd }: WindowToTime,
  { prependPunctuations, appendPunctuations }: TranscribeSettings,
) {
  return addWordTimestamps({
    segments,
    words,
    endOfText: tokens.endOfText,
    windowStart: offset,
    lastSpeechEnd,
    ...(prependPunctuations === undefined ? {} : { prependPunctuations }),
    ...(appendPunctuations === undefined ? {} : { appendPunctuations }),
  });
}

async function align(
  { loop, tokens, config }: SpeechModel,
  window: HeardWindow,
  text: readonly number[],
  language: string,
  windowFrames: number,
  { signal, task }: TranscribeSettings,
): Promise<readonly AlignedWord[]> {
  const { endOfText, timestampBegin, noTimestamps } = tokens;
  const start = tokens.sotSequence(language, task);
  // What does not fit beside the prompt cannot be aligned; no window's text is that long, as half of the positions is the most.
  const kept = text.slice(0, config.maxTokens - start.length - 2);
  if (kept.length === 0) return [];
  const aligned = { prompt: [...start, noTimestamps], text: kept, endOfText, timestampBegin };
  const { probabilities, heads, tokenProbabilities } = await loop.align(window, aligned, signal, 'Timing words');
  const frames = Math.floor(windowFrames / 2);
  const rows = heads.length * (start.length + kept.length + 2);
  return alignWords(
    {
      attention: {
        weights: firstColumns(probabilities, rows, config.audioPositions, frames),
        heads: heads.length,
        tokens: start.length + kept.length + 2,
        frames,
      },
      promptTokens: start.length,
      words: tokens.splitWords(kept, language),
      tokenProbabilities,
    },
    signal,
  );
}

/** The softmax over the first columns, of one over all. */
function firstColumns(values: Float32Array, rows: number, columns: number, count: number): Float32Array {
  if (count === columns) return values;
  const kept = new Float32Array(rows * count);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values[row * columns + i] as number;
    // A row that looks at nothing but what is beyond says nothing.
    const factor = sum > 0 ? 1 / sum : 0;
    for (let i = 0; i < count; i++) kept[row * count + i] = (values[row * columns + i] as number) * factor;
  }
  return kept;
}
