import { LogMel } from '@ferrum/audio';
import type { StreamedSegment, TranscribeOptions } from '@ferrum/interfaces';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DecodingLoop } from '../engine/decoding-loop.js';
import { loudnessDetector } from '../testing/loudness-detector.js';
import { Microphone } from '../testing/microphone.js';
import { type OpenRunner, openRunner } from '../testing/open-runner.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { tones } from '../testing/tiny-engine.js';
import { copyTinyModel } from '../testing/tiny-models.js';
import type { SpeechModel } from '../transcribe/speech-model.js';
import { checkTranscribeOptions } from '../transcribe/transcribe-settings.js';
import { transcribeLive } from './transcribe-live.js';

const folder = temporaryFolder();
const second = 16000;
/** What random texts would fail again and again. */
const once = {
  ...{ language: 'en', temperature: 0, noSpeechThreshold: null, compressionRatioThreshold: null },
} satisfies TranscribeOptions;

let open: OpenRunner;
let logMel: LogMel;
let model: SpeechModel;

beforeAll(async () => {
  open = await openRunner(copyTinyModel('huggingface', folder), folder, { maxWindows: 1, maxRows: 5 });
  logMel = await LogMel.open({ melBins: open.config.melBins });
  model = { loop: new DecodingLoop(open.runner), config: open.config, tokens: open.tokens, logMel };
});
afterAll(async () => {
  await logMel[Symbol.asyncDispose]();
  await open.runner.dispose();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await model.loop.idle();
  expect([model.loop.activeWindows, model.loop.waitingWindows]).toEqual([0, 0]);
});

function captions(microphone: Microphone, options: TranscribeOptions = {}): AsyncGenerator<StreamedSegment> {
  const settings = checkTranscribeOptions(
    { vadParameters: { minSilenceDurationMs: 500 }, ...once, ...options },
    'live',
  );
  return transcribeLive(model, microphone, settings, loudnessDetector());
}

/** Speech, then silence, several times. */
function speech(...parts: readonly (readonly [speech: number, silence: number])[]): Float32Array {
  const pieces = parts.flatMap(([length, silence], seed) => [
    tones(length, seed + 1).samples,
    new Float32Array(silence * second),
  ]);
  return Float32Array.from(pieces.flatMap((piece) => [...piece]));
}

/** A source that gives the next piece when the one before has been dealt with. */
async function* pieces(samples: Float32Array, length: number, microphone: Microphone): AsyncGenerator<void> {
  for (let at = 0; at < samples.length; at += length) {
    microphone.hear(samples.slice(at, at + length));
    yield;
  }
  microphone.end();
}

async function all(samples: Float32Array, length: number, options: TranscribeOptions = {}): Promise<StreamedSegment[]> {
  const microphone = new Microphone();
  for await (const _ of pieces(samples, length, microphone));
  const found: StreamedSegment[] = [];
  for await (const segment of captions(microphone, options)) found.push(segment);
  return found;
}

describe('captions of live audio', () => {
  it('replaces what it shows, and ends with the text', async () => {
    const microphone = new Microphone();
    const live = captions(microphone);
    microphone.hear(tones(0.6).samples);
    const first = (await live.next()).value as StreamedSegment;
    expect(first).toMatchObject({ id: 0, seek: 0, start: 0, end: 0.6, final: false });
    microphone.hear(tones(0.5, 2).samples);
    const second = (await live.next()).value as StreamedSegment;
    expect(second).toMatchObject({ id: 0, start: 0, end: 1.1, final: false });
    microphone.hear(new Float32Array(16000));
    microphone.end();
    const rest: StreamedSegment[] = [];
    for await (const segment of live) rest.push(segment);
    expect(rest.length).toBeGreaterThan(0);
    expect(rest.every(({ final }) => final)).toBe(true);
    expect(rest.map(({ id }) => id)).toEqual([...rest.keys()]);
  });

  it('gives the same final texts however the audio is divided, at their times in it', async () => {
    const samples = speech([0.9, 1.5], [0.7, 1.1], [0.8, 0]);
    const finals = (segments: readonly StreamedSegment[]) => segments.filter(({ final }) => final);
    const whole = finals(await all(samples, samples.length, { wordTimestamps: true }));
    expect(whole.length).toBeGreaterThan(2);
    expect(whole.map(({ id }) => id)).toEqual([...whole.keys()]);
    for (const length of [1600, 7001]) {
      expect(finals(await all(samples, length, { wordTimestamps: true }))).toEqual(whole);
    }
    // The second starts 2.4 s into the audio, with 400 ms before it.
    const later = whole.filter(({ seek }) => seek > 0);
    expect(Math.min(...later.map(({ seek }) => seek))).toBe(200);
    for (const { seek, start, words = [] } of later) {
      expect(start).toBeGreaterThanOrEqual(seek / 100);
      for (const word of words) expect(word.start).toBeGreaterThanOrEqual(start - 1e-6);
    }
  });

  it('takes back what it has shown when nothing comes of it', async () => {
    const microphone = new Microphone();
    const live = captions(microphone);
    microphone.hear(tones(0.8).samples);
    const shown = (await live.next()).value as StreamedSegment;
    expect(shown.text).not.toBe('');
    const search = model.loop.search.bind(model.loop);
    // An end of text comes at once.
    vi.spyOn(model.loop, 'search').mockImplementation(async (window, prompt, _search, signal, what) => {
      await search(window, prompt, { width: 1, results: [], next: () => [] }, signal, what);
    });
    microphone.hear(new Float32Array(second));
    microphone.end();
    const { value } = await live.next();
    expect(value).toMatchObject({ id: shown.id, text: '', final: false });
    expect((await live.next()).done).toBe(true);
  });

  it.each([
    [0.5, false],
    [1, true],
  ])('tells the text before, unless it needed more than a temperature of %d', async (most, isTold) => {
    const search = vi.spyOn(model.loop, 'search');
    await all(speech([0.9, 1], [0.9, 1]), second * 10, {
      temperature: 0.6,
      promptResetOnTemperature: most,
    });
    const prompts = search.mock.calls.map(([, { tokens }]) => tokens[0]);
    expect(prompts[0]).toBe(model.tokens.startOfTranscript);
    expect(prompts.at(-1)).toBe(isTold ? model.tokens.startOfPrevious : model.tokens.startOfTranscript);
  });

  it('counts what is agreed on among the tokens that may be written', async () => {
    const search = vi.spyOn(model.loop, 'search');
    const initialPrompt = Array.from({ length: 40 }, (_, i) => 5 + i);
    // All that the model has room for beside such a prompt.
    const found = await all(tones(3).samples, 0.5 * second, { initialPrompt, maxNewTokens: 36 });
    expect(found.some(({ final }) => final)).toBe(true);
    for (const [, prompt] of search.mock.calls) expect(prompt.tokens.length).toBeLessThanOrEqual(80);
    const microphone = new Microphone();
    const live = captions(microphone, { initialPrompt, maxNewTokens: 36 });
    let longest = 0;
    for (let piece = 0; piece < 4; piece++) {
      microphone.hear(tones(0.5, 1).samples);
      const { value } = await live.next();
      expect(value.tokens.length).toBeLessThanOrEqual(36);
      longest = Math.max(longest, ...search.mock.calls.map(([, prompt]) => prompt.tokens.length));
    }
    // Some were begun with what was agreed on.
    expect(longest).toBeGreaterThan(44);
    await live.return(undefined);
  });

  it('lets everything go when its reader leaves, at whatever time', async () => {
    for (let count = 0; count < 4; count++) {
      const microphone = new Microphone();
      const live = captions(microphone);
      for await (const _ of pieces(speech([0.9, 1], [0.9, 1]), 4000, microphone));
      for (let taken = 0; taken < count; taken++) await live.next();
      await live.return(undefined);
      await model.loop.idle();
      expect(model.loop.activeWindows).toBe(0);
    }
  });

  it('is cancelled while it waits for a source that says nothing', async () => {
    const microphone = new Microphone();
    const controller = new AbortController();
    const next = captions(microphone, { signal: controller.signal }).next();
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await expect(next).rejects.toMatchObject({ code: 'Cancelled' });
    expect(microphone.isClosed).toBe(true);
  });

  it('gives the text before a failure of the source, then the failure', async () => {
    const microphone = new Microphone();
    microphone.hear(speech([0.9, 1]));
    microphone.break(new Error('unplugged'));
    const found: StreamedSegment[] = [];
    const read = async () => {
      for await (const segment of captions(microphone)) found.push(segment);
    };
    await expect(read()).rejects.toThrow('unplugged');
    expect(found.some(({ final }) => final)).toBe(true);
  });

  it('finds the language by itself', async () => {
    const { language: _, ...detected } = once;
    const microphone = new Microphone();
    microphone.hear(speech([0.9, 1], [0.9, 1]));
    microphone.end();
    const settings = checkTranscribeOptions(
      { vadParameters: { minSilenceDurationMs: 500 }, ...detected, languageDetectionThreshold: 0 },
      'live',
    );
    const prompt = vi.spyOn(model.loop, 'prompt');
    const found: StreamedSegment[] = [];
    for await (const segment of transcribeLive(model, microphone, settings, loudnessDetector())) found.push(segment);
    expect(found.length).toBeGreaterThan(1);
    // Once it is known it is kept.
    expect(prompt).toHaveBeenCalledOnce();
  });
});
