import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type {
  StreamedSegment,
  TranscribeEngine,
  TranscribeOptions,
  TranscriptionResult,
  TranscriptionWord,
} from '@ferrum/interfaces';
import { afterAll, describe, expect, it } from 'vitest';
import { mockTranscriberFeatures } from '../mocks/mock-transcribe-options.js';
import { mockTranscriber } from '../mocks/mock-transcriber.js';
import { failures } from '../runner/testing/failures.js';
import { mapStream } from '../runner/testing/map-stream.js';
import { describeTranscription } from './describe-transcription.js';
import { tones } from './recording.js';
import { encodeWave } from './wave-file.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ferrum-conformance-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = path.join(folder, 'tones.wav');
writeFileSync(file, encodeWave(tones(6)));
/** What the mock hears in every sound. */
const audio = { path: file, text: 'One, two, three, four. Five, six, seven, eight!', language: 'en' };

type Break = (engine: TranscribeEngine) => Partial<TranscribeEngine>;

/** Changes what transcribe answers, and what it is asked. */
const transcribes =
  (
    change: (result: TranscriptionResult) => Partial<TranscriptionResult>,
    ask: (options: TranscribeOptions) => TranscribeOptions = (options) => options,
  ): Break =>
  (engine) => ({
    transcribe: async (input, options = {}) => {
      const result = await engine.transcribe(input, ask(options));
      return { ...result, ...change(result) };
    },
  });
/** Changes what a stream yields. */
const streams =
  (change: (segment: StreamedSegment) => StreamedSegment): Break =>
  (engine) => ({
    transcribeStream: (input, options) => mapStream(engine.transcribeStream(input, options), change),
  });
const same = () => ({});

/** What an engine may do wrong, and the tests that fail then, and no others. */
const mutations: readonly (readonly [what: string, broken: Break, found: RegExp])[] = [
  [
    'numbers segments from 1',
    transcribes(({ segments }) => ({ segments: segments.map((one) => ({ ...one, id: one.id + 1 })) })),
    /segments in order|word-timestamps|translation|whole audio|yields the segments|batching/,
  ],
  [
    'tells times after the end of the audio',
    transcribes(({ segments }) => ({ segments: segments.map((one) => ({ ...one, end: one.end + 20 })) })),
    /segments in order|translation|whole audio|yields the segments|batching/,
  ],
  [
    'mishears',
    transcribes(() => ({ text: 'something else' })),
    /segments in order|hears the same|understands|voice-activity-detection|batching/,
  ],
  [
    'leaves out the text',
    transcribes(() => ({ text: '' })),
    /segments in order|hears the same|understands|whole audio|batching|translation/,
  ],
  [
    'hears something else in a file',
    (engine) => ({ transcribeFile: async (...call) => `${await engine.transcribeFile(...call)} more` }),
    /hears the same in a file/,
  ],
  [
    'tells a wrong duration',
    transcribes(({ duration }) => ({ duration: duration / 2 })),
    /within the audio|silence|another rate|batching/,
  ],
  [
    'never tells what it knows first',
    transcribes(same, ({ onStart: _, ...options }) => options),
    /before the first segment/,
  ],
  ['never tells how far it is', transcribes(same, ({ onProgress: _, ...options }) => options), /how far it is/],
  [
    'gives words without being asked',
    transcribes(({ segments }) => ({ words: segments.flatMap(({ words = [] }) => words) })),
    /within the audio/,
  ],
  ['gives no words', transcribes(() => ({ words: undefined }) as never), /^word-timestamps/],
  [
    'does not translate',
    transcribes(({ task }) => (task === 'translate' ? { task: 'transcribe' } : {})),
    /^translation/,
  ],
  [
    'tells a probability of words that is none',
    transcribes(({ words }) => (words ? { words: words.map((word) => ({ ...word, probability: 1.5 })) } : {})),
    /^word-timestamps/,
  ],
  [
    'detects a language, and does not tell how probable it is',
    transcribes(() => ({ languageProbability: undefined }) as never),
    /^language-detection|before the first segment/,
  ],
  ['is sure of its language', transcribes(() => ({ languageProbability: 1 })), /^language-detection/],
  [
    'tells times of the speech alone',
    transcribes(({ segments }) => ({ segments: segments.map((one) => ({ ...one, start: 0 })) })),
    /whole audio|yields the segments/,
  ],
  [
    'yields only partial segments',
    streams((segment) => ({ ...segment, final: false })),
    /^streaming: yields|^live: finds|^live: shows/,
  ],
  [
    'takes no notice of a language that there is not',
    (engine) => ({
      transcribeBytes: (bytes, language, options) =>
        engine.transcribeBytes(bytes, language === 'xx' ? 'en' : language, options),
    }),
    /a language that there is not/,
  ],
];

const run = (
  engine: () => TranscribeEngine,
  features = mockTranscriberFeatures,
  sample: typeof audio | undefined = audio,
) =>
  failures((runner) =>
    describeTranscription(runner, async () => engine(), {
      features,
      ...(sample && { audio: sample }),
      timeoutMs: 5000,
    }),
  );

describe('the contract of transcription', () => {
  it('is kept by the mock, with a sample of speech and without', async () => {
    expect(await run(() => mockTranscriber().engine)).toEqual([]);
    expect(await run(() => mockTranscriber().engine, mockTranscriberFeatures, undefined)).toEqual([]);
  });

  it('is kept by an engine that is told no probabilities', async () => {
    const features = mockTranscriberFeatures.filter((feature) => feature !== 'language-detection');
    const without = (engine: TranscribeEngine): Partial<TranscribeEngine> => ({
      transcribe: async (input, { onStart, ...options } = {}) => {
        const {
          languageProbability: _,
          words,
          ...result
        } = await engine.transcribe(input, {
          ...options,
          ...(onStart && { onStart: ({ languageProbability: __, ...start }) => onStart(start) }),
        });
        const bare = (all: readonly TranscriptionWord[]) => all.map(({ probability: ___, ...word }) => word);
        const segments = result.segments.map((one) => ({ ...one, ...(one.words && { words: bare(one.words) }) }));
        return { ...result, segments, ...(words && { words: bare(words) }) };
      },
    });
    const open = () => {
      const { engine } = mockTranscriber({ features });
      return { ...engine, ...without(engine) };
    };
    expect(await run(open, features)).toEqual([]);
  });

  it('is kept by a mock that has no features, and refuses them', async () => {
    expect(await run(() => mockTranscriber({ features: [] }).engine, [])).toEqual([]);
  });

  it('finds features that are declared and not there, each by its name', async () => {
    const found = await run(() => mockTranscriber({ features: [] }).engine);
    for (const feature of mockTranscriberFeatures) {
      expect(found.filter((name) => name.startsWith(`${feature}: `))).not.toEqual([]);
    }
  });

  it('refuses a sample that it cannot work with', () => {
    const short = path.join(folder, 'short.wav');
    writeFileSync(short, encodeWave(tones(1)));
    const other = path.join(folder, 'other.wav');
    writeFileSync(other, 'no WAV file');
    for (const [wrong, problem] of [
      [short, /5 to 30 s/],
      [other, /mono 16-bit PCM/],
    ] as const) {
      expect(() =>
        describeTranscription({} as never, async () => mockTranscriber().engine, {
          features: [],
          audio: { ...audio, path: wrong },
        }),
      ).toThrow(problem);
    }
  });

  it.each(mutations)('finds an engine that %s', async (_, broken, expected) => {
    const found = await run(() => {
      const { engine } = mockTranscriber();
      return { ...engine, ...broken(engine) };
    });
    expect(found).not.toEqual([]);
    for (const name of found) expect(name).toMatch(expected);
  });
});
