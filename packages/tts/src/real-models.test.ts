import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { integratedLoudness } from '@ferrum/audio';
import type { Phonemizer, TtsEngine } from '@ferrum/interfaces';
import { defaultModelStore } from '@ferrum/models';
import { OnnxRuntime } from '@ferrum/onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { speechUnits } from './engine/speech-units.js';
import { runImport } from './import/import-job.js';
import { realHost, realModelsMissing } from './testing/real-models.js';
import { largestSeamStep, seamPercentile } from './testing/seams.js';
import { kokoroReference, piperReference, referenceTexts } from './testing/speech-reference.js';
import { spoken } from './testing/spoken.js';
import { temporaryFolder } from './testing/temporary-folder.js';
import { unitSettings } from './testing/unit-settings.js';
import { KokoroModel } from './voices/kokoro-model.js';
import { type ModelSource, openModelSource } from './voices/model-source.js';
import { PiperModel } from './voices/piper-model.js';
import type { SpeechModel } from './voices/speech-model.js';

const minutes = 60_000;
const folder = temporaryFolder();
const joe = 'piper:en_US-joe-medium';
const kokoro = 'kokoro:82m';

let host: Awaited<ReturnType<typeof realHost>>;
beforeAll(async () => {
  host = await realHost();
});
afterAll(() => host?.dispose());

async function source<A extends ModelSource['architecture']>(name: string, architecture: A) {
  const found = await openModelSource(await defaultModelStore().pull(name));
  if (found.architecture !== architecture) throw new Error(`${name} is ${found.architecture}`);
  return found as Extract<ModelSource, { architecture: A }>;
}

const still = { noiseScale: 0, durationNoiseScale: 0, lengthScale: 1, speed: 1, seed: 0 };
const rootMeanSquare = (samples: Float32Array) =>
  Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);

describe.skipIf(realModelsMissing)('joe, as piper-tts speaks (needs ../shared)', () => {
  const models: PiperModel[] = [];
  const sentences = realModelsMissing ? [] : piperReference().items.flatMap((item) => item.sentences);

  beforeAll(async () => {
    const { file, config, voices } = await source(joe, 'piper');
    for (const windows of [1, 2]) {
      const directory = await mkdtemp(path.join(folder, 'joe-'));
      await runImport({ architecture: 'piper', location: file, arithmetic: 'float32', windows, directory }, () => {});
      models.push(await PiperModel.open({ directory, config, voices, threads: 2, libraryPath: undefined }));
    }
  }, 5 * minutes);
  afterAll(() => Promise.all(models.map((model) => model.dispose())));

  it('has frames of 256 samples', () => {
    expect(models.map(({ frameSamples, sampleRate }) => [frameSamples, sampleRate])).toEqual([
      [256, 22_050],
      [256, 22_050],
    ]);
  });

  it('reads the same ids from phonemes', () => {
    for (const { phonemes, phoneme_ids: ids } of sentences) {
      const { ids: own, unknown } = (models[0] as PiperModel).encode(phonemes);
      expect([1, 0, ...own, 2]).toEqual(ids);
      expect(unknown).toEqual([]);
    }
  });

  it.each([0, 1])(
    'makes the same samples without noise (%i)',
    async (index) => {
      const model = models[index] as PiperModel;
      const { key } = await model.loadVoice(undefined);
      for (const { phonemes, samples: length, first200, mid50 } of sentences) {
        const { samples } = await model.synthesize(model.encode(phonemes).ids, { ...still, key }, undefined);
        expect(samples).toHaveLength(length);
        const middle = Math.floor(length / 2);
        for (const [at, wanted] of [
          [0, first200],
          [middle, mid50],
        ] as const) {
          for (const [offset, value] of wanted.entries()) {
            expect(Math.abs((samples[at + offset] as number) - value)).toBeLessThanOrEqual(1e-3);
          }
        }
      }
    },
    minutes,
  );

  it('reads the same phonemes from text that needs no normalisation, but for glides and how long o is', async () => {
    const phonemizer = await host.phonemizer();
    const plain = (phonemes: string) => phonemes.normalize('NFD').replaceAll('ʲ', '').replaceAll('oːɹ', 'ɔːɹ');
    const texts = piperReference().items.filter(({ text }) => !/\d/.test(text));
    expect(texts.length).toBeGreaterThan(0);
    for (const { text, sentences: own } of texts) {
      expect(plain(await phonemesOf(text, models[0] as PiperModel, phonemizer))).toBe(
        plain(own.map(({ phonemes }) => phonemes).join(' ')),
      );
    }
  });
});

/** Those that the units of a text hand over to the model. */
async function phonemesOf(text: string, model: SpeechModel, phonemizer: Phonemizer): Promise<string> {
  const heard: string[] = [];
  const listening: Phonemizer = {
    ...phonemizer,
    phonemize: async (clause, language, options) => {
      const phonemes = await phonemizer.phonemize(clause, language, options);
      heard.push(phonemes.join(' '));
      return phonemes;
    },
  };
  for await (const _ of speechUnits(text, model, async () => listening, unitSettings));
  return heard.join(' ');
}

describe.skipIf(realModelsMissing)('Kokoro, as kokoro-onnx speaks (needs ../shared)', () => {
  it.each(['int8', 'float32'] as const)(
    'in %s: lasts as long and is as loud',
    async (arithmetic) => {
      if (arithmetic === 'int8' && !(await OnnxRuntime.load().multipliesBytesExactly())) return;
      const { file, vocabulary, styles, voices } = await source(kokoro, 'kokoro');
      const directory = await mkdtemp(path.join(folder, 'kokoro-'));
      await runImport({ architecture: 'kokoro', location: file, arithmetic, windows: 1, directory }, () => {});
      const model = await KokoroModel.open({
        directory,
        vocabulary,
        styles,
        voices,
        threads: 2,
        libraryPath: undefined,
      });
      try {
        const { key } = await model.loadVoice('af_heart');
        const own = {
          key,
          speed: 1,
          seed: 0,
          noiseScale: undefined,
          durationNoiseScale: undefined,
          lengthScale: undefined,
        };
        for (const { phonemes, ids, style_row_n_minus_1: wanted } of kokoroReference()
          .items.toSpliced(1, 1)
          .slice(0, arithmetic === 'int8' ? 2 : 1)) {
          const encoded = model.encode(phonemes);
          expect(encoded.ids).toEqual(ids);
          const { samples, durations } = await model.synthesize(encoded.ids, own, undefined);
          expect(durations.reduce((sum, frames) => sum + frames, 0) * 600).toBe(samples.length);
          expect(Math.abs(samples.length / wanted.samples - 1)).toBeLessThanOrEqual(0.03);
          expect(Math.abs(rootMeanSquare(samples) / wanted.rms - 1)).toBeLessThanOrEqual(0.1);
        }
      } finally {
        await model.dispose();
      }
    },
    3 * minutes,
  );
});

describe.skipIf(realModelsMissing)('the voices of Kokoro', () => {
  it('are 54, and the one asked for is suggested', async () => {
    const { voices, styles } = await source(kokoro, 'kokoro');
    expect(voices).toHaveLength(54);
    expect(voices[0]).toMatchObject({ id: 'af_heart', language: 'en-US', gender: 'female', license: 'Apache-2.0' });
    await expect(styles.styles('af_hart')).rejects.toMatchObject({
      code: 'NotFound',
      message: expect.stringContaining('af_heart'),
    });
    for (const name of styles.names) expect((await styles.styles(name)).styles).toHaveLength(510 * 256);
  });
});

describe.skipIf(realModelsMissing)('speaking with joe (needs ../shared)', () => {
  let engine: TtsEngine;
  beforeAll(async () => {
    engine = await host.open(joe);
  }, 5 * minutes);

  const say = (text: string | AsyncIterable<string>, options = {}) => spoken(engine.synthesizeStream(text, options));

  it(
    'starts before the text is finished',
    async () => {
      let hasSpoken = false;
      let wasEarly = false;
      let goOn = () => {};
      const more = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      async function* text() {
        yield 'The morning train leaves at nine. It ';
        yield 'will be on time, ';
        await more;
        wasEarly = hasSpoken;
        yield 'they say.';
      }
      for await (const { samples } of engine.synthesizeStream(text())) {
        expect(samples.length).toBeGreaterThan(0);
        hasSpoken = true;
        goOn();
      }
      expect(wasEarly).toBe(true);
    },
    minutes,
  );

  it(
    'times each word, within the sound',
    async () => {
      const { words, samples, chunks } = await say(referenceTexts().words60, { wordTimestamps: true, seed: 1 });
      expect(words.map(({ word }) => word)).toEqual(referenceTexts().words60.match(/[\w'’-]+/g));
      const seconds = samples.length / engine.ttsSampleRate();
      let last = 0;
      for (const { start, end } of words) {
        expect(start).toBeGreaterThanOrEqual(last);
        expect(end).toBeGreaterThan(start);
        last = start;
      }
      expect(words.at(-1)?.end).toBeLessThanOrEqual(seconds);
      expect(chunks.length).toBeGreaterThan(3);
    },
    minutes,
  );

  it(
    'clicks at no seam',
    async () => {
      const { samples, chunks } = await say(referenceTexts().words60, { seed: 1, sentencePause: 0 });
      const places: number[] = [];
      for (const chunk of chunks.slice(0, -1)) places.push((places.at(-1) ?? 0) + chunk.samples.length);
      expect(largestSeamStep(samples, places, 20)).toBeLessThanOrEqual(seamPercentile(samples));
    },
    minutes,
  );

  it(
    'is as loud as asked for',
    async () => {
      const { samples } = await say(referenceTexts().words60, { seed: 1, loudness: -20 });
      expect(Math.abs(integratedLoudness(samples, engine.ttsSampleRate()) + 20)).toBeLessThan(1);
    },
    minutes,
  );

  it(
    'says the same when the text comes in pieces of five characters',
    async () => {
      const text = referenceTexts().words60;
      async function* pieces() {
        for (let from = 0; from < text.length; from += 5) yield text.slice(from, from + 5);
      }
      const whole = await say(text, { seed: 9 });
      expect((await say(pieces(), { seed: 9 })).samples).toEqual(whole.samples);
    },
    minutes,
  );

  it.each([
    ['a letter with hundreds of marks', `e${'\u0301'.repeat(900)} and more.`],
    ['a word of 400 letters', 'abcdefghij'.repeat(40)],
    ['a right-to-left mark and emoji among words', '\u202eHello\u202c 😀 there 👩‍👩‍👧!'],
    ['two scripts', 'The word привет and the word 你好 are greetings.'],
  ])(
    'speaks %s',
    async (_, text) => {
      expect((await say(text, { speed: 4 })).samples.length).toBeGreaterThan(engine.ttsSampleRate() / 4);
    },
    minutes,
  );

  it('refuses a language that the phonemizer does not have', async () => {
    await expect(say('Hello.', { language: 'nv' })).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringContaining('nv'),
    });
  });

  it('refuses emoji alone', async () => {
    await expect(say('😀 🎉')).rejects.toMatchObject({ code: 'RequestValidation' });
    expect((await say('😀', { emoji: 'name' })).samples.length).toBeGreaterThan(0);
  });
});
