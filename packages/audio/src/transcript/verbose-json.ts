import type { TranscriptionResult } from '@ferrum/interfaces';
import { languageNames } from './languages.js';

/** OpenAI's `CreateTranscriptionResponseVerboseJson`, with the `task` that its API adds. */
export interface VerboseJson {
  readonly task: 'transcribe' | 'translate';
  /** The English name in lower case; a code that has none is left as it is. */
  readonly language: string;
  /** In seconds. */
  readonly duration: number;
  /** Without white space around it. */
  readonly text: string;
  readonly segments: readonly VerboseJsonSegment[];
  /** Present with `wordTimestamps`. */
  readonly words?: readonly VerboseJsonWord[];
}

export interface VerboseJsonSegment {
  readonly id: number;
  readonly seek: number;
  readonly start: number;
  readonly end: number;
  /** With its leading space, as the model wrote it and as OpenAI gives it. */
  readonly text: string;
  readonly tokens: readonly number[];
  readonly temperature: number;
  readonly avg_logprob: number;
  readonly compression_ratio: number;
  readonly no_speech_prob: number;
}

export interface VerboseJsonWord {
  /** Without white space around it; joined punctuation stays. */
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** The object that `verbose_json` writes. */
export function toVerboseJson(result: TranscriptionResult): VerboseJson {
  return {
    task: result.task,
    language: languageNames.get(result.language) ?? result.language,
    duration: result.duration,
    text: result.text.trim(),
    segments: result.segments.map((segment) => ({
      id: segment.id,
      seek: segment.seek,
      start: segment.start,
      end: segment.end,
      text: segment.text,
      tokens: segment.tokens,
      temperature: segment.temperature,
      avg_logprob: segment.avgLogprob,
      compression_ratio: segment.compressionRatio,
      no_speech_prob: segment.noSpeechProb,
    })),
    ...(result.words && {
      words: result.words.map(({ word, start, end }) => ({ word: word.trim(), start, end })),
    }),
  };
}
