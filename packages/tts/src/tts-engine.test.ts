import type { SpeechChunk } from '@ferrum/interfaces';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SpeechEngine } from '../dist/index.js';
import { joined, spoken } from './testing/spoken.js';
import {
  copyStandIn,
  expected,
  kokoroNames,
  letterPhonemizer,
  openStandIn,
  thinnedDifference,
} from './testing/stand-in-voices.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const folder = temporaryFolder();
let piper: SpeechEngine;
let speakers: SpeechEngine;
let kokoro: SpeechEngine;

beforeAll(async () => {
  piper = await openStandIn(copyStandIn('piper', folder), folder, { threads: 2 });
  speakers = await openStandIn(copyStandIn('speakers', folder), folder);
  kokoro = await openStandIn(copyStandIn('kokoro', folder), folder);
}, 60_000);
afterAll(() => Promise.all([piper, speakers, kokoro].map((engine) => engine?.shutdown())));

const withoutNoise = { noiseScale: 0, durationNoiseScale: 0 };
const say = (engine: SpeechEngine, text: string, options = {}) => spoken(engine.synthesizeStream(text, options));

describe('a Piper voice', () => {
  it('tells its rate, and the frame that its graph makes', () => {
    expect([piper.ttsSampleRate(), piper.frameSamples]).toEqual([8000, 64]);
    expect([kokoro.ttsSampleRate(), kokoro.frameSamples]).toEqual([24_000, 600]);
  });

  it('sounds the same for the same seed, and else not', async () => {
    const text = 'Good morning to you all. And a good night.';
    const one = await say(piper, text, { seed: 7 });
    expect((await say(piper, text, { seed: 7 })).samples).toEqual(one.samples);
    for (const seed of [0, 8, 2 ** 53 - 1]) expect((await say(piper, text, { seed })).samples).not.toEqual(one.samples);
    expect((await say(piper, text)).samples).not.toEqual((await say(piper, text)).samples);
    const highest = await say(piper, text, { seed: 2 ** 53 - 1 });
    expect((await say(piper, text, { seed: 2 ** 53 - 1 })).samples).toEqual(highest.samples);
    expect((await say(piper, text, { seed: 0 })).samples).not.toEqual(highest.samples);
  });

  it('sounds the same for a seed whatever else is being said', async () => {
    const text = 'One sentence here. Another one there. And a third one.';
    const alone = await say(piper, text, { seed: 3 });
    const [beside] = await Promise.all([say(piper, text, { seed: 3 }), say(piper, 'Something else. And more of it.')]);
    expect(beside.samples).toEqual(alone.samples);
  });

  it('always sounds the same without noise', async () => {
    const one = await say(piper, 'good morning.', withoutNoise);
    expect((await say(piper, 'good morning.', { ...withoutNoise, seed: 99 })).samples).toEqual(one.samples);
  });

  it('is twice as fast at speed 2, and slower with a greater length', async () => {
    const length = async (options: object) =>
      (await say(piper, 'A sentence to measure.', { ...withoutNoise, ...options })).samples.length;
    const plain = await length({});
    expect(await length({ speed: 2 })).toBeLessThan(0.65 * plain);
    expect(await length({ lengthScale: 2 })).toBeGreaterThan(1.7 * plain);
    expect(await length({ lengthScale: 2, speed: 2 })).toBe(plain);
  });
});

describe('a voice of several speakers', () => {
  it('lists them', async () => {
    expect(await speakers.voices()).toEqual(
      ['anna', 'ben', 'carla'].map((id) => ({ id, language: 'en-US', sampleRate: 8000 })),
    );
    expect((await piper.voices()).map(({ id }) => id)).toEqual(['voice']);
  });

  it('speaks as each of them, the first if none is named', async () => {
    const said = await Promise.all(
      ['anna', 'ben', 'carla', undefined].map((voice) => say(speakers, 'good morning.', { ...withoutNoise, voice })),
    );
    const [anna, ben, carla, first] = said.map(({ samples }) => samples);
    expect(first).toEqual(anna);
    expect(ben).not.toEqual(anna);
    expect(carla).not.toEqual(ben);
  });

  it('suggests one that is like the one asked for', async () => {
    await expect(say(speakers, 'Hello.', { voice: 'carl' })).rejects.toMatchObject({
      code: 'NotFound',
      message: expect.stringContaining('did you mean carla'),
      details: { parameter: 'voice', nearest: ['carla'] },
    });
    await expect(say(speakers, 'Hello.', { voice: 'somebody else' })).rejects.toThrow(/it has anna, ben, carla/);
  });
});

describe('a Kokoro model', () => {
  it.each(expected.kokoro)('$text with voices $voices: the samples of the graph as it was', async (run) => {
    const parts = Object.entries(run.voices).map(([index, weight]) => `${kokoroNames[Number(index)]}*${weight}`);
    const chunks: Float32Array[] = [];
    for await (const { samples } of kokoro.synthesizeStream(`[[${run.text}]]`, {
      voice: parts.join('+'),
      speed: run.speed,
    })) {
      chunks.push(samples);
    }
    const samples = joined(chunks);
    // All but the fades and the silence at both ends, of which this model makes none.
    expect(samples).toHaveLength(run.length);
    expect(thinnedDifference(samples, 41, run.every41st, 300)).toBeLessThan(1e-4);
  });

  it('says the same each time, and has no scales of noise', async () => {
    expect((await say(kokoro, 'Hello.')).samples).toEqual((await say(kokoro, 'Hello.', { seed: 5 })).samples);
    for (const name of ['noiseScale', 'durationNoiseScale', 'lengthScale']) {
      await expect(say(kokoro, 'Hello.', { [name]: 1 })).rejects.toMatchObject({
        code: 'Unsupported',
        message: expect.stringContaining(`${name}: a kokoro model has none`),
        details: { parameter: name },
      });
    }
  });

  it('lists its voices with what their names say', async () => {
    expect(await kokoro.voices()).toEqual([
      { id: 'af_one', language: 'en-US', gender: 'female', sampleRate: 24_000 },
      { id: 'bm_two', language: 'en-GB', gender: 'male', sampleRate: 24_000 },
      { id: 'em_three', language: 'es-ES', gender: 'male', sampleRate: 24_000 },
    ]);
  });

  it('reads the text in the language of the larger part of a blend', async () => {
    const phonemizer = letterPhonemizer();
    const languages: string[] = [];
    const listening = {
      ...phonemizer,
      phonemize: (text: string, language: string) => {
        languages.push(language);
        return phonemizer.phonemize(text, language);
      },
    };
    const engine = await openStandIn(copyStandIn('kokoro', folder), folder, { phonemizer: listening });
    await say(engine, 'Hola.', { voice: 'af_one*0.4+em_three*0.6' });
    await say(engine, 'Hola.', { voice: 'em_three', language: 'pt-BR' });
    expect(languages).toEqual(['es-ES', 'pt-BR']);
    await engine.shutdown();
  });
});

describe('speech as it is made', () => {
  it('comes before the text is finished', async () => {
    let goOn = () => {};
    const more = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    async function* text() {
      yield 'This is the first sentence. And th';
      await more;
      yield 'is is the second.';
    }
    const stream = piper.synthesizeStream(text(), { seed: 1 })[Symbol.asyncIterator]();
    const first = await stream.next();
    expect(first.value?.samples.length).toBeGreaterThan(0);
    goOn();
    const rest: SpeechChunk[] = [];
    for (let next = await stream.next(); !next.done; next = await stream.next()) rest.push(next.value);
    const samples = joined([first.value as SpeechChunk, ...rest].map((chunk) => chunk.samples));
    expect(samples).toEqual(
      (await say(piper, 'This is the first sentence. And this is the second.', { seed: 1 })).samples,
    );
  });

  it('is made no further than a few clauses ahead of who listens', async () => {
    let read = 0;
    async function* text() {
      for (;;) {
        read += 1;
        yield 'Another sentence follows here. ';
      }
    }
    const stream = piper.synthesizeStream(text())[Symbol.asyncIterator]();
    await stream.next();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(read).toBeLessThan(8);
    await stream.return?.();
  });

  it('ends when who listens leaves, though the text never ends', async () => {
    async function* text() {
      yield 'This is the first sentence. And so';
      await new Promise(() => {});
    }
    for await (const { samples } of piper.synthesizeStream(text())) {
      expect(samples.length).toBeGreaterThan(0);
      break;
    }
    expect((await piper.status()).activeRequests).toBe(0);
  });

  it('ends when who listens leaves while it waits for more', async () => {
    async function* text() {
      yield 'This is the first sentence. And so';
      await new Promise(() => {});
    }
    const stream = piper.synthesizeStream(text());
    await stream.next();
    const waiting = stream.next();
    await stream.return();
    expect((await waiting).done).toBe(true);
    expect((await piper.status()).activeRequests).toBe(0);
  });

  it('is in chunks of the frames asked for', async () => {
    const { chunks } = await say(piper, 'Some words. And some more words.', { chunkFrames: 10 });
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks.slice(0, -1).every(({ samples }) => samples.length === 640)).toBe(true);
    const parts = await piper.synthesizeSpeech('Some words.', 'en-US', 5);
    expect(parts.slice(0, -1).every(({ length }) => length === 320)).toBe(true);
  });

  it('has words with times that rise, within the sound', async () => {
    const text =
      'The old lighthouse stood at the edge of the bay, watching over the boats. Its keeper was a quiet man.';
    const { words, samples } = await say(piper, text, { wordTimestamps: true, seed: 2 });
    expect(words.map(({ word }) => word)).toEqual(text.match(/\w+/g));
    let last = 0;
    for (const { start, end } of words) {
      expect(start).toBeGreaterThanOrEqual(last);
      expect(end).toBeGreaterThanOrEqual(start);
      last = start;
    }
    expect(words.at(-1)?.end).toBeLessThanOrEqual(samples.length / 8000);
  });

  it('warns of phonemes that the voice does not know', async () => {
    const { warnings } = await say(piper, '[[ab☃]] and [[c☃]].');
    expect(warnings).toEqual([expect.stringContaining('U+2603')]);
    // Also of a block of which nothing is left, at the end as well.
    expect((await say(piper, 'Hello there. [[☃☃]] Good bye.')).warnings).toHaveLength(1);
    expect((await say(piper, 'Hello there. [[☃]]')).warnings).toHaveLength(1);
  });

  it('of two callers takes turns', async () => {
    const order: string[] = [];
    const listen = async (name: string) => {
      for await (const _ of piper.synthesizeStream(
        'First one here. Second one here. Third one here. Fourth one here.',
      )) {
        order.push(name);
      }
    };
    await Promise.all([listen('a'), listen('b')]);
    expect(order).toHaveLength(8);
    // Neither has to wait until the other has ended.
    expect(order.indexOf('b')).toBeLessThan(order.lastIndexOf('a'));
    expect(order.indexOf('a')).toBeLessThan(order.lastIndexOf('b'));
    expect(order.lastIndexOf('a')).toBeGreaterThan(4);
    expect(order.lastIndexOf('b')).toBeGreaterThan(4);
  });
});

describe('nothing is cut off', () => {
  it('of a text of 50,000 characters', async () => {
    const phonemizer = letterPhonemizer();
    const engine = await openStandIn(copyStandIn('piper', folder), folder, { phonemizer, threads: 2 });
    const sentence = 'The old lighthouse stood at the edge of the bay, watching over the boats. ';
    const text = sentence.repeat(Math.ceil(50_000 / sentence.length));
    let seconds = 0;
    let words = 0;
    const options = { ...withoutNoise, speed: 4, wordTimestamps: true };
    for await (const chunk of engine.synthesizeStream(text, options)) {
      seconds += chunk.samples.length / chunk.sampleRate;
      words += chunk.words?.length ?? 0;
    }
    // Words by themselves are asked for too, for their times.
    const clauses = phonemizer.asked.filter((asked) => asked.includes(' '));
    expect(clauses.join(' ') === text.trim()).toBe(true);
    expect(words).toBe(text.trim().split(' ').length);
    // Fourteen words and two pauses, 676 times.
    expect(seconds).toBeGreaterThan(676);
    await engine.shutdown();
  }, 60_000);

  it.each([
    ['a word of 400 letters', 'abcdefghij'.repeat(40), 400],
    ['a long sentence without marks', 'some words '.repeat(80), 720],
  ])('of %s', async (_, text, letters) => {
    const options = { ...withoutNoise, chunkFrames: 1_000_000 };
    const { samples } = await say(piper, text, options);
    // A letter lasts 4 to 6 frames, a pad after it one.
    expect(samples.length / 64).toBeGreaterThan(5 * letters);
    expect(samples.length / 64).toBeLessThan(9 * letters);
  });
});
