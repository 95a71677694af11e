import type { TranscriptionResult, TranscriptionSegment, TranscriptionWord } from '@ferrum/interfaces';
import * as v from 'valibot';
import { languageCode } from './language-codes.js';
import type { TranscribeSettings } from './transcribe-settings.js';
import { wordTexts } from './word-texts.js';

const finite = v.pipe(v.number(), v.finite('must be finite'));
const seconds = v.pipe(finite, v.minValue(0, 'must be at least 0'));
const whole = v.pipe(v.number(), v.safeInteger('must be a whole number'));

/** OpenAI's `verbose_json`, every field of a segment included. */
export const transcriptSchema = v.object({
  language: v.pipe(v.string(), v.minLength(1, 'is empty')),
  // Some write a number in a text.
  duration: v.pipe(v.union([v.number(), v.string()]), v.transform(Number), seconds),
  text: v.string(),
  segments: v.array(
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
      no_speech_prob: finite,
    }),
  ),
  words: v.nullish(
    v.array(v.object({ word: v.string(), start: seconds, end: seconds, probability: v.nullish(finite) })),
  ),
});

type Transcript = v.InferOutput<typeof transcriptSchema>;

/** What the API does not tell is taken from what it does: see the README. */
export function toResult(
  transcript: Transcript,
  { task, language, wordTimestamps }: TranscribeSettings,
): TranscriptionResult {
  const spoken = language === undefined ? languageCode(transcript.language) : languageCode(language);
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
    language: spoken,
    languageProbability: 1,
    duration: transcript.duration,
    text: transcript.text,
    task,
    segments,
    ...(wordTimestamps && { words: segments.flatMap(({ words = [] }) => words) }),
  };
}

/** Each word goes to the segment in which its middle lies, else to the next one, else to the last. */
function withWords(
  segments: readonly TranscriptionSegment[],
  words: NonNullable<Transcript['words']>,
): TranscriptionSegment[] {
  const lists = segments.map((): TranscriptionWord[] => []);
  for (const { word, start, end, probability } of words) {
    const middle = (start + end) / 2;
    const found = segments.findIndex((segment) => middle < segment.end);
    const place = found === -1 ? segments.length - 1 : found;
    const segment = segments[place];
    // A mean over tokens both; the word's own is seldom told.
    const probable = probability ?? Math.exp(segment?.avgLogprob ?? 0);
    lists[place]?.push({ word, start, end, probability: Math.min(1, Math.max(0, probable)) });
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
