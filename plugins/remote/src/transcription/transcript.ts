import type {
  TranscriptionResult,
  TranscriptionSegment,
  TranscriptionStart,
  TranscriptionWord,
} from '@ferrum/interfaces';
import * as v from 'valibot';
import { languageCode } from './language-codes.js';
import type { TranscribeSettings } from './transcribe-settings.js';
import { wordTexts } from './word-texts.js';

const finite = v.pipe(v.number(), v.finite('must be finite'));
const seconds = v.pipe(finite, v.minValue(0, 'must be at least 0'));
const whole = v.pipe(v.number(), v.safeInteger('must be a whole number'));
/** Floats of 32 bits may be a little above 1. */
const rounding = 1e-4;
const probability = v.pipe(
  finite,
  v.minValue(-rounding, 'must be at least 0'),
  v.maxValue(1 + rounding, 'must be at most 1'),
  v.transform((value) => Math.min(1, Math.max(0, value))),
);
const endsTooEarly = 'ends before it starts';
const languageName = v.pipe(v.string(), v.minLength(1, 'is empty'));

/** OpenAI's `verbose_json`, every field of a segment included; the probabilities and `spoken_language` are Ferrum's. */
export const transcriptSchema = v.object({
  language: languageName,
  spoken_language: v.nullish(languageName),
  language_probability: v.nullish(probability),
  language_probabilities: v.nullish(v.record(v.string(), probability)),
  // Some write a number in a text.
  duration: v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.decimal('must be a number'))], 'must be a number'),
    v.transform(Number),
    seconds,
  ),
  text: v.string(),
  segments: v.array(
    v.pipe(
      v.object({
        id: whole,
        seek: whole,
        start: seconds,
        end: seconds,
        text: v.string(),
        tokens: v.array(whole),
        temperature: finite,
        avg_logprob: finite,
        compression_ratio: finite,
        no_speech_prob: probability,
      }),
      v.check((timed) => endsAfterStart(timed), endsTooEarly),
    ),
  ),
  words: v.nullish(
    v.array(
      v.pipe(
        v.object({ word: v.string(), start: seconds, end: seconds, probability: v.nullish(probability) }),
        v.check((timed) => endsAfterStart(timed), endsTooEarly),
      ),
    ),
  ),
});

type Transcript = v.InferOutput<typeof transcriptSchema>;

/** What the server does not tell is absent. */
export function toStart(transcript: Transcript, { language }: TranscribeSettings): TranscriptionStart {
  const { language_probability: languageProbability, language_probabilities: languageProbabilities } = transcript;
  return {
    language: languageCode(language ?? transcript.spoken_language ?? transcript.language),
    ...(languageProbability != null && { languageProbability }),
    ...(languageProbabilities != null && { languageProbabilities }),
    duration: transcript.duration,
  };
}

export function toResult(transcript: Transcript, settings: TranscribeSettings): TranscriptionResult {
  const { task, wordTimestamps } = settings;
  const plain = transcript.segments.map(
    (segment, id): TranscriptionSegment => ({
      ...{ id, seek: segment.seek, start: segment.start, end: segment.end, text: segment.text, tokens: segment.tokens },
      temperature: segment.temperature,
      avgLogprob: segment.avg_logprob,
      compressionRatio: segment.compression_ratio,
      noSpeechProb: segment.no_speech_prob,
    }),
  );
  const segments = wordTimestamps ? withWords(plain, transcript.words ?? []) : plain;
  return {
    ...toStart(transcript, settings),
    text: transcript.text,
    task,
    segments,
    ...(wordTimestamps && { words: segments.flatMap(({ words = [] }) => words) }),
  };
}

function endsAfterStart({ start, end }: { readonly start: number; readonly end: number }): boolean {
  return end >= start;
}

/** Each word goes to the segment in which its middle lies, else to the next one, else to the last. */
function withWords(
  segments: readonly TranscriptionSegment[],
  words: NonNullable<Transcript['words']>,
): TranscriptionSegment[] {
  const lists = segments.map((): TranscriptionWord[] => []);
  for (const { word, start, end, probability: probable } of words) {
    const middle = (start + end) / 2;
    const found = segments.findIndex((segment) => middle < segment.end);
    const place = found === -1 ? segments.length - 1 : found;
    lists[place]?.push({ word, start, end, ...(probable != null && { probability: probable }) });
  }
  return segments.map((segment, index) => {
    const found = lists[index] ?? [];
    const texts = wordTexts(
      segment.text,
      found.map(({ word }) => word),
    );
    return { ...segment, words: found.map((word, place) => ({ ...word, word: texts[place] ?? word.word })) };
  });
}
