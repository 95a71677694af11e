import type { TranscriptionResult } from '@ferrum/interfaces';
import { languageNames } from './languages.js';

/**
 * OpenAI's `CreateTranscriptionResponseVerboseJson`, with the `task` that its API adds. Probabilities of the language and of
 * words are extensions: there where the transcription has them.
 */
export interface VerboseJson {
  readonly task: 'transcribe' | 'translate';
  /** The English name in lower case; a code that has none is left as it is. */
  readonly language: string;
  /** That it is spoken, 0 to 1; 1 when the caller named it. */
  readonly language_probability?: number;
  /** Of every language, by its ISO 639-1 code; present when the language was detected. */
  readonly language_probabilities?: Readonly<Record<string, number>>;
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
  /** 0 to 1. */
  readonly probability?: number;
}

/** The object that `verbose_json` writes. */
export function toVerboseJson(result: TranscriptionResult): VerboseJson {
  const { languageProbability, languageProbabilities } = result;
  return {
    task: result.task,
    language: languageNames.get(result.language) ?? result.language,
    ...(languageProbability !== undefined && { language_probability: languageProbability }),
    ...(languageProbabilities && { language_probabilities: languageProbabilities }),
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
      words: result.words.map(({ word, start, end, probability }) => ({
        ...{ word: word.trim(), start, end },
        ...(probability !== undefined && { probability }),
      })),
    }),
  };
}
