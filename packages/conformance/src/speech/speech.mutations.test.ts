import type { SpeechChunk, SpeechOptions, TtsEngine } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { mockSpeaker } from '../mocks/mock-speaker.js';
import { mockSpeakerFeatures } from '../mocks/mock-speech-options.js';
import { failures } from '../runner/testing/failures.js';
import { mapStream } from '../runner/testing/map-stream.js';
import { describeSpeech } from './describe-speech.js';

type Break = (engine: TtsEngine) => Partial<TtsEngine>;

/** Changes what a stream yields, and what it is asked. */
const speaks =
  (
    change: (chunk: SpeechChunk) => SpeechChunk,
    ask: (options: SpeechOptions) => SpeechOptions = (options) => options,
  ): Break =>
  (engine) => ({
    synthesizeStream: (text, options = {}) => mapStream(engine.synthesizeStream(text, ask(options)), change),
  });
const same = (chunk: SpeechChunk) => chunk;

/** What an engine may do wrong, and the tests that fail then, and no others. */
const mutations: readonly (readonly [what: string, broken: Break, found: RegExp])[] = [
  ['tells another sample rate', () => ({ ttsSampleRate: () => 16_000 }), /sample rate|lists its voices/],
  [
    'is silent',
    speaks((chunk) => ({ ...chunk, samples: new Float32Array(chunk.samples.length) })),
    /samples from|voice|streaming|loud/,
  ],
  [
    'is too loud',
    speaks((chunk) => ({ ...chunk, samples: chunk.samples.map((sample) => 20 * sample) })),
    /samples from|voice|streaming|loud/,
  ],
  [
    'gives no number',
    speaks((chunk) => ({ ...chunk, samples: chunk.samples.map(() => Number.NaN) })),
    /samples from|voice|streaming|loud|seed/,
  ],
  [
    'ignores the length of chunks',
    (engine) => ({
      synthesizeSpeech: (text, language, _, options) => engine.synthesizeSpeech(text, language, undefined, options),
    }),
    /chunks of the length/,
  ],
  [
    'says nothing for a text without a sound',
    (engine) => ({
      synthesizeSpeech: (...call) =>
        engine.synthesizeSpeech(...call).catch((error) => (call[0].trim() === '' ? [] : Promise.reject(error))),
    }),
    /nothing to say/,
  ],
  ['has no voices', () => ({ voices: async () => [] }), /voice/],
  [
    'speaks with any voice',
    speaks(
      same,
      ({ voice, ...options }) =>
        (voice === undefined || ['ann', 'ben'].includes(voice) ? { voice, ...options } : options) as SpeechOptions,
    ),
    /voice/,
  ],
  ['ignores the speed', speaks(same, ({ speed: _, ...options }) => options), /^speed/],
  ['ignores the loudness', speaks(same, ({ loudness: _, ...options }) => options), /^loudness/],
  [
    'differs each time',
    speaks((chunk) => ({ ...chunk, samples: chunk.samples.map((sample) => sample * (0.9 + 0.1 * Math.random())) })),
    /^seed: the same one/,
  ],
  ['never tells words', speaks(({ words: _, ...chunk }) => chunk), /^word-timestamps: tells when/],
  [
    'tells words without being asked',
    speaks(same, (options) => ({ ...options, wordTimestamps: true })),
    /^word-timestamps: tells nothing/,
  ],
  [
    'tells words of a chunk from its own start',
    speaks((chunk) => ({
      ...chunk,
      ...(chunk.words && { words: chunk.words.map((word) => ({ ...word, start: 0 })) }),
    })),
    /^word-timestamps: tells when/,
  ],
  [
    'waits for the end of a text',
    (engine) => ({
      async *synthesizeStream(text, options) {
        if (typeof text !== 'object' || text === null || options !== undefined)
          return yield* engine.synthesizeStream(text, options);
        const pieces: string[] = [];
        for await (const piece of text) pieces.push(piece);
        yield* engine.synthesizeStream(pieces.join(''));
      },
    }),
    /^streaming|what is no text/,
  ],
  [
    'makes no pauses',
    speaks(same, ({ sentencePause, ...options }) =>
      sentencePause === 2 ? options : { ...options, ...(sentencePause !== undefined && { sentencePause }) },
    ),
    /waits between sentences/,
  ],
];

const run = (engine: () => TtsEngine, features = mockSpeakerFeatures) =>
  failures((runner) => describeSpeech(runner, async () => engine(), { features, timeoutMs: 2000 }));

describe('the contract of speech', () => {
  it('is kept by the mock', async () => {
    expect(await run(() => mockSpeaker().engine)).toEqual([]);
  });

  it('is kept by a mock that has no features, and refuses them', async () => {
    expect(await run(() => mockSpeaker({ features: [] }).engine, [])).toEqual([]);
  });

  it('finds features that are declared and not there, each by its name', async () => {
    const found = await run(() => mockSpeaker({ features: [] }).engine);
    for (const feature of mockSpeakerFeatures) {
      expect(found.filter((name) => name.startsWith(`${feature}: `))).not.toEqual([]);
    }
  });

  it.each(mutations)('finds an engine that %s', async (_, broken, expected) => {
    const found = await run(() => {
      const { engine } = mockSpeaker();
      return { ...engine, ...broken(engine) };
    });
    expect(found).not.toEqual([]);
    for (const name of found) expect(name).toMatch(expected);
  });
});
