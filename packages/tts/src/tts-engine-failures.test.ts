import { getEventListeners } from 'node:events';
import type { SpeechOptions } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SpeechEngine } from '../dist/index.js';
import { spoken } from './testing/spoken.js';
import { copyStandIn, letterPhonemizer, openStandIn } from './testing/stand-in-voices.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const folder = temporaryFolder();
let voice: string;
let engine: SpeechEngine;

beforeAll(async () => {
  voice = copyStandIn('piper', folder);
  engine = await openStandIn(voice, folder);
}, 60_000);
afterAll(() => engine?.shutdown());

const say = (text: string | AsyncIterable<string>, options: SpeechOptions = {}, by = engine) =>
  spoken(by.synthesizeStream(text, options));

describe('what cannot be said', () => {
  it.each(['', '  \n', '...', '?!', '😀', '\u0000\u0007', '[[ ]]', '[[☃]]'])('%j is refused', async (text) => {
    await expect(say(text)).rejects.toMatchObject({
      code: 'RequestValidation',
      message: expect.stringContaining('nothing to say'),
    });
    await expect(engine.synthesizeSpeech(text)).rejects.toMatchObject({ code: 'RequestValidation' });
  });

  it.each([undefined, null, 7, {}, ['Hello.']])('%j is no text', async (text) => {
    await expect(say(text as never)).rejects.toMatchObject({
      code: 'InvalidParameter',
      details: { parameter: 'text' },
    });
  });

  it('control characters are passed over', async () => {
    expect((await say('Hel\u0000lo\u0007 there\u001b[31m.')).samples.length).toBeGreaterThan(0);
  });

  it.each<[string, SpeechOptions]>([
    ['speed', { speed: 100 }],
    ['chunkFrames', { chunkFrames: 0 }],
    ['language', { language: '???' }],
    ['loudness', { loudness: 3 }],
  ])('with a bad %s', async (parameter, options) => {
    await expect(say('Hello.', options)).rejects.toMatchObject({ code: 'InvalidParameter', details: { parameter } });
    await expect(engine.synthesizeSpeech('Hello.', undefined, undefined, options)).rejects.toMatchObject({
      code: 'InvalidParameter',
    });
  });

  it('a text that breaks off: its error comes after what was written before', async () => {
    async function* text() {
      yield 'The first sentence is here. The second one';
      throw new FerrumError('Network', 'the connection was lost');
    }
    const chunks: number[] = [];
    const listen = async () => {
      for await (const { samples } of engine.synthesizeStream(text())) chunks.push(samples.length);
    };
    await expect(listen()).rejects.toMatchObject({ code: 'Network', message: 'the connection was lost' });
    expect(chunks).toHaveLength(1);
  });

  it('a text that throws something else: an error that says what failed', async () => {
    async function* text() {
      yield 'The first sentence is here. The second one';
      throw new TypeError('undefined is not a function');
    }
    await expect(say(text())).rejects.toMatchObject({
      code: 'Internal',
      message: expect.stringMatching(/Speaking failed: .*undefined is not a function/),
    });
  });
});

describe('phonemizers', () => {
  it('that are missing: says how to install one; phonemes need none', async () => {
    const lonely = await openStandIn(voice, folder, { phonemizer: undefined });
    expect((await say('[[hello]]', {}, lonely)).samples.length).toBeGreaterThan(0);
    await expect(say('Hello.', {}, lonely)).rejects.toThrow('nothing else is needed');
    await lonely.shutdown();
  });

  it('that fail: the error is theirs, and the engine goes on', async () => {
    let isBroken = true;
    const phonemizer = letterPhonemizer();
    const broken = {
      ...phonemizer,
      phonemize: async (text: string, language: string) => {
        if (isBroken) throw new FerrumError('Unsupported', `no language ${language}`);
        return phonemizer.phonemize(text, language);
      },
    };
    const other = await openStandIn(voice, folder, { phonemizer: broken });
    await expect(say('Hello.', { language: 'tlh' }, other)).rejects.toMatchObject({
      code: 'Unsupported',
      message: 'no language tlh',
    });
    isBroken = false;
    expect((await say('Hello.', {}, other)).samples.length).toBeGreaterThan(0);
    await other.shutdown();
  });
});

describe('aborting', () => {
  it('before the start', async () => {
    await expect(say('Hello.', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'Cancelled' });
  });

  it('in the middle: at once, and others go on', async () => {
    const stop = new AbortController();
    const text = 'The first sentence is here. The second one is there. And a third one.';
    const other = say(text, { seed: 4 });
    const stream = engine.synthesizeStream(text, { signal: stop.signal });
    await stream.next();
    stop.abort();
    const all = async () => {
      for (;;) if ((await stream.next()).done) return;
    };
    await expect(all()).rejects.toMatchObject({ code: 'Cancelled' });
    expect((await other).samples).toEqual((await say(text, { seed: 4 })).samples);
    expect((await engine.status()).activeRequests).toBe(0);
  });

  it('leaves nothing at a signal that lives on', async () => {
    const { signal } = new AbortController();
    await say('Hello.', { signal });
    for await (const _ of engine.synthesizeStream('Hello. And goodbye.', { signal })) break;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('while the text is waited for', async () => {
    const stop = new AbortController();
    async function* text(): AsyncGenerator<string> {
      await new Promise(() => {});
      yield '';
    }
    const waiting = say(text(), { signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    await expect(waiting).rejects.toMatchObject({ code: 'Cancelled' });
  });

  it('of the whole text', async () => {
    const stop = new AbortController();
    const speech = engine.synthesizeSpeech('A sentence. '.repeat(200), undefined, undefined, { signal: stop.signal });
    setTimeout(() => stop.abort(), 30);
    await expect(speech).rejects.toMatchObject({ code: 'Cancelled' });
  });
});

describe('the life of an engine', () => {
  it('is told by its status, health and metrics', async () => {
    const own = await openStandIn(voice, folder);
    expect(await own.status()).toMatchObject({ isReady: true, activeRequests: 0, queuedRequests: 0 });
    const { samples } = await say('Hello there.', {}, own);
    expect(samples.length).toBeGreaterThan(0);
    await expect(say('...', {}, own)).rejects.toThrow();
    const { totalRequests, successfulRequests, failedRequests, tokensPerSecond } = own.metrics();
    expect([totalRequests, successfulRequests, failedRequests]).toEqual([2, 1, 1]);
    expect(tokensPerSecond).toBeGreaterThan(0);
    expect(await own.healthCheck()).toMatchObject({
      status: 'healthy',
      componentStatus: { scheduler: { metrics: { waitingClauses: 0, runningClauses: 0 } } },
    });
    expect(own.config()).toMatchObject({
      model: { modelInfo: { modelType: 'piper', metadata: { sampleRate: 8000, frameSamples: 64, voices: 1 } } },
      backend: { backendType: 'onnxruntime', backendOptions: { threads: 1, phonemizer: 'given' } },
    });
    await own.shutdown();
    expect(await own.status()).toMatchObject({ isReady: false, loadedModels: [] });
    await expect(say('Hello.', {}, own)).rejects.toMatchObject({ code: 'Cancelled' });
    await own.shutdown();
  });

  it('ends after what is being said, in time', async () => {
    const own = await openStandIn(voice, folder);
    const speaking = say('One sentence. Another sentence. And a third.', {}, own);
    await new Promise((resolve) => setImmediate(resolve));
    await own.shutdown();
    expect((await speaking).samples.length).toBeGreaterThan(0);
  });

  it('ends what is not said in time', async () => {
    const own = await openStandIn(voice, folder);
    async function* text() {
      yield 'The first sentence is here. The second';
      await new Promise(() => {});
    }
    const stream = own.synthesizeStream(text());
    await stream.next();
    const next = stream.next();
    const refused = expect(next).rejects.toMatchObject({
      code: 'Cancelled',
      message: expect.stringContaining('shut down'),
    });
    await own.shutdown({ drainTimeoutMs: 10 });
    await refused;
  });

  it('ends what nobody listens to', async () => {
    const own = await openStandIn(voice, folder);
    const stream = own.synthesizeStream('The first sentence is here. The second one is there. And a third one.');
    await stream.next();
    await own.shutdown({ drainTimeoutMs: 10 });
    expect((await own.status()).activeRequests).toBe(0);
  });

  it('takes as many calls as it may', async () => {
    const own = await openStandIn(voice, folder, { maxRequests: 1 });
    const first = own.synthesizeStream('The first sentence is here. And another.');
    await first.next();
    expect((await own.status()).isReady).toBe(false);
    expect((await own.healthCheck()).status).toBe('warning');
    await expect(say('Hello.', {}, own)).rejects.toMatchObject({
      code: 'ResourceExhausted',
      message: expect.stringContaining('maxRequests'),
    });
    await first.return();
    expect((await say('Hello.', {}, own)).samples.length).toBeGreaterThan(0);
    await own.shutdown();
  });
});
