import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatTranscription } from './format-transcription.js';
import { result, segment, words } from './testing/segments.js';

const schemas = new URL('../../../../../shared/reference/openai-schemas.json', import.meta.url);
const hasSchemas = existsSync(schemas);
if (!hasSchemas) console.warn("skipped: OpenAI's schemas, which are not at ../shared/reference/openai-schemas.json");

const transcription = result([segment({ words: words(' Hello', ' you.') })]);

describe('json', () => {
  it('is the text alone', () => {
    expect(formatTranscription(transcription, 'json')).toBe('{"text":"text"}\n');
  });
});

describe('verbose_json', () => {
  it('names the language in English and the fields as OpenAI does', () => {
    expect(JSON.parse(formatTranscription(transcription, 'verbose_json'))).toEqual({
      task: 'transcribe',
      language: 'english',
      language_probability: 1,
      duration: 2.5,
      text: 'text',
      segments: [
        {
          id: 0,
          seek: 0,
          start: 0,
          end: 1,
          text: ' text',
          tokens: [50364, 2487, 50414],
          temperature: 0,
          avg_logprob: -0.25,
          compression_ratio: 1.5,
          no_speech_prob: 0.125,
        },
      ],
      words: [
        { word: 'Hello', start: 0, end: 0.5, probability: 0.5 },
        { word: 'you.', start: 0.5, end: 1, probability: 0.5 },
      ],
    });
  });

  it('tells how probable each language is, where that is known, and nothing that is not', () => {
    const languageProbabilities = { en: 0.75, de: 0.25 };
    const detected = { ...transcription, languageProbability: 0.75, languageProbabilities };
    expect(JSON.parse(formatTranscription(detected, 'verbose_json'))).toMatchObject({
      language_probability: 0.75,
      language_probabilities: { en: 0.75, de: 0.25 },
    });
    const { languageProbability: _, ...unknown } = result([
      segment({ words: [{ word: ' Hello', start: 0, end: 0.5 }] }),
    ]);
    const written = JSON.parse(formatTranscription(unknown, 'verbose_json'));
    expect(written).not.toHaveProperty('language_probability');
    expect(written).not.toHaveProperty('language_probabilities');
    expect(written.words).toEqual([{ word: 'Hello', start: 0, end: 0.5 }]);
  });

  it('has no words without word timestamps', () => {
    expect(JSON.parse(formatTranscription(result([segment({})]), 'verbose_json'))).not.toHaveProperty('words');
  });

  it.skipIf(!hasSchemas)("has what OpenAI's schema demands and nothing else but the task and probabilities", () => {
    const { schemas: known } = JSON.parse(readFileSync(schemas, 'utf8')).components;
    const {
      task,
      language_probability: _,
      ...written
    } = JSON.parse(formatTranscription(transcription, 'verbose_json'));
    expect(task).toBe('transcribe');
    const { probability: __, ...word } = written.words[0];
    for (const [value, name] of [
      [written, 'CreateTranscriptionResponseVerboseJson'],
      [written.segments[0], 'TranscriptionSegment'],
      [word, 'TranscriptionWord'],
    ]) {
      expect(Object.keys(known[name].properties)).toEqual(expect.arrayContaining(Object.keys(value)));
      expect(Object.keys(value)).toEqual(expect.arrayContaining(known[name].required));
    }
  });
});

it('formats that are none, and options that mean nothing, are refused', () => {
  expect(() => formatTranscription(transcription, 'xml' as 'srt')).toThrow(/"xml" is not a format of transcriptions/);
  expect(() => formatTranscription(transcription, 'json', { maxLineWidth: 3 })).toThrow(/not for json/);
});
