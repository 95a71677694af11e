import { createModelStore, defaultModelStore } from '@ferrum/models';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openWhisperEngine, type WhisperEngine } from '../dist/index.js';
import { Microphone } from './testing/microphone.js';
import { temporaryFolder } from './testing/temporary-folder.js';
import { activeWindows, openTinyEngine, tones } from './testing/tiny-engine.js';
import { copyTinyModel } from './testing/tiny-models.js';

const folder = temporaryFolder();
const location = copyTinyModel('huggingface', folder);

/** What random texts would fail again and again. */
const once = { temperature: 0, noSpeechThreshold: null } as const;

describe('an engine with room for one window', () => {
  let engine: WhisperEngine;

  beforeAll(async () => {
    const { files } = await defaultModelStore().pull('silero-vad:v5');
    const vadModel = Object.values(files).find((file) => file.endsWith('.onnx'));
    engine = await openTinyEngine(location, folder, { maxWindows: 1, vadModel });
  }, 600_000);
  afterAll(() => engine.shutdown());
  afterEach(async () => expect(await activeWindows(engine)).toBe(0));

  it.each(['onStart', 'onProgress'])('lets it go when %s throws', async (name) => {
    const broken = () => {
      throw new Error('the caller failed');
    };
    await expect(engine.transcribe(tones(2), { ...once, [name]: broken })).rejects.toMatchObject({
      code: 'Internal',
      message: expect.stringContaining('the caller failed'),
    });
    expect(await activeWindows(engine)).toBe(0);
    expect((await engine.transcribe(tones(1), once)).segments.length).toBeGreaterThan(0);
  });

  it('hears several windows for the language, and lets others do so at the same time', async () => {
    // No language is so sure: all are heard.
    const unsure = { ...once, languageDetectionSegments: 3, languageDetectionThreshold: 1 };
    const results = await Promise.all([1, 2, 3].map((seed) => engine.transcribe(tones(4, seed), unsure)));
    for (const { language, languageProbabilities } of results) {
      expect(Object.keys(languageProbabilities ?? {})).toContain(language);
    }
  });

  it('begins the first window with a prefix, wherever in the audio it is', async () => {
    const options = { ...once, language: 'en', prefix: 'she will' };
    for (const clipTimestamps of [[{ start: 0.5, end: 1.5 }], [{ start: 1 }]]) {
      const { text } = await engine.transcribe(tones(2), { ...options, clipTimestamps });
      expect(text).toMatch(/^she will/);
      expect(text.match(/she will/g)).toHaveLength(1);
    }
  });

  it('has room for as many new tokens in every window as in the first', async () => {
    const initialPrompt = Array<number>(39).fill(20);
    const options = { ...once, language: 'en', withoutTimestamps: true, maxNewTokens: 70, initialPrompt };
    const seen: number[] = [];
    await engine.transcribe(tones(4), { ...options, onProgress: ({ completed }) => seen.push(completed) });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)).toBe(4);
    const tooMany = { ...options, maxNewTokens: 78 };
    await expect(engine.transcribe(tones(4), tooMany)).rejects.toMatchObject({
      code: 'InvalidParameter',
      details: { parameter: 'maxNewTokens' },
    });
  });

  it('ends a stream at once when its reader leaves while it waits', async () => {
    const microphone = new Microphone();
    const live = engine.transcribeStream(microphone, { ...once, language: 'en' });
    const next = live.next();
    while (microphone.asked === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await live.return();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(microphone.isClosed).toBe(true);
    expect((await engine.status()).activeRequests).toBe(0);
  });

  it('refuses a language that it lacks before it listens', async () => {
    const microphone = new Microphone();
    const live = engine.transcribeStream(microphone, { ...once, language: 'it' });
    await expect(live.next()).rejects.toMatchObject({ code: 'InvalidParameter', details: { parameter: 'language' } });
    expect(microphone.asked).toBe(0);
  });
});

it('shuts down though the voice activity detector is still on its way', async () => {
  const store = createModelStore({ home: `${folder}/home` });
  let hasAsked = () => {};
  const asked = new Promise<void>((resolve) => {
    hasAsked = resolve;
  });
  const models = {
    cacheDirectory: store.cacheDirectory,
    pull: (reference: string, options: { signal?: AbortSignal }) => {
      if (reference !== 'silero-vad:v5') return store.pull(reference, options);
      hasAsked();
      return new Promise((_, reject) => {
        options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
      });
    },
  };
  const engine = await openWhisperEngine({
    model: { reference: location },
    models: models as unknown as typeof store,
    options: { threads: 1, quantization: 'float32', drainTimeoutMs: 0 },
    resolve: () => Promise.reject(new Error('nothing else is needed')),
  });
  const call = engine.transcribe(tones(1), { vadFilter: true });
  const refusal = expect(call).rejects.toMatchObject({ code: 'Cancelled' });
  await asked;
  await engine.shutdown();
  await refusal;
});
