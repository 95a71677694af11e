import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StreamedSegment, TranscriptionSegment } from '@ferrum/interfaces';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { WhisperEngine } from '../dist/index.js';
import { temporaryFolder } from './testing/temporary-folder.js';
import { activeWindows, openTinyEngine, tones } from './testing/tiny-engine.js';
import { copyTinyModel } from './testing/tiny-models.js';

const folder = temporaryFolder();
const location = copyTinyModel('huggingface', folder);

/** What random texts would fail again and again. */
const once = { temperature: 0, noSpeechThreshold: null } as const;

describe('an engine of a tiny model', () => {
  let engine: WhisperEngine;

  beforeAll(async () => {
    engine = await openTinyEngine(location, folder, { maxWindows: 3 });
  });
  afterAll(() => engine.shutdown());
  afterEach(async () => {
    expect(await activeWindows(engine)).toBe(0);
    expect(await engine.status()).toMatchObject({ activeRequests: 0, queuedRequests: 0, isReady: true });
  });

  it('gives segments in order, with what they were decoded by', async () => {
    const audio = tones(6);
    const seen: number[] = [];
    const onProgress = ({ completed, total }: { completed: number; total: number }) => {
      seen.push(completed);
      expect(total).toBe(6);
    };
    const { segments, text, duration, language, languageProbability, languageProbabilities, task } =
      await engine.transcribe(audio, { ...once, onProgress });
    expect(task).toBe('transcribe');
    expect(duration).toBe(6);
    expect(Object.keys(languageProbabilities ?? {})).toHaveLength(9);
    expect(languageProbability).toBeTypeOf('number');
    expect(languageProbabilities?.[language]).toBe(languageProbability);
    expect(segments.length).toBeGreaterThan(0);
    expect(text).toBe(
      segments
        .map((segment) => segment.text)
        .join('')
        .trim(),
    );
    for (const [index, { id, seek, start, end, avgLogprob, temperature, compressionRatio }] of segments.entries()) {
      expect(id).toBe(index);
      expect(start).toBeGreaterThanOrEqual(seek / 100 - 1e-6);
      expect(end).toBeGreaterThanOrEqual(start);
      expect(avgLogprob).toBeLessThan(0);
      expect(temperature).toBe(0);
      expect(compressionRatio).toBeGreaterThan(0);
    }
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(6);
  });

  it('gives the same with others beside it, whatever they want', async () => {
    const wishes = Array.from({ length: 9 }, (_, index) => ({
      audio: tones(2 + (index % 3), index),
      options: {
        ...once,
        language: ['en', 'es', 'de'][index % 3] as string,
        beamSize: 1 + (index % 5),
        ...(index % 4 === 1 ? { temperature: [0.6] } : {}),
        wordTimestamps: index % 2 === 0,
      },
    }));
    const alone = [];
    for (const { audio, options } of wishes) alone.push(await engine.transcribe(audio, options));
    const together = await Promise.all(wishes.map(({ audio, options }) => engine.transcribe(audio, options)));
    for (const [index, { segments, words }] of together.entries()) {
      const expected = alone[index];
      for (const { probability } of words ?? []) expect(probability).toBeTypeOf('number');
      expect(segments.map(({ tokens }) => tokens)).toEqual(expected?.segments.map(({ tokens }) => tokens));
      expect(words?.map(({ word, start, end }) => ({ word, start, end }))).toEqual(
        expected?.words?.map(({ word, start, end }) => ({ word, start, end })),
      );
    }
  });

  it('streams the segments of the whole', async () => {
    const { segments } = await engine.transcribe(tones(5), once);
    const streamed: StreamedSegment[] = [];
    for await (const segment of engine.transcribeStream(tones(5), once)) streamed.push(segment);
    expect(streamed).toEqual(segments.map((segment) => ({ ...segment, final: true })));
  });

  it('tells language and duration before the first segment', async () => {
    const told: unknown[] = [];
    const onStart = (start: unknown) => told.push(start);
    for await (const segment of engine.transcribeStream(tones(5), { ...once, onStart })) told.push(segment.id);
    const { language, languageProbability } = await engine.transcribe(tones(5), once);
    expect(told.slice(0, 2)).toEqual([expect.objectContaining({ language, languageProbability, duration: 5 }), 0]);
  });

  it('does not work ahead of a slow reader, nor hold up others for it', async () => {
    const stream = engine.transcribeStream(tones(90), once)[Symbol.asyncIterator]();
    await stream.next();
    const { segments } = await engine.transcribe(tones(2), once);
    expect(segments.length).toBeGreaterThan(0);
    expect((await engine.status()).activeRequests).toBe(1);
    await stream.return?.();
  });

  it('ends the work when the reader of a stream leaves', async () => {
    for await (const _ of engine.transcribeStream(tones(90), once)) break;
    const never = engine.transcribeStream(tones(3), once);
    await never.return();
  });

  it('leaves nothing at a signal that lives on', async () => {
    const { signal } = new AbortController();
    await engine.transcribe(tones(2), { ...once, signal });
    for await (const _ of engine.transcribeStream(tones(90), { ...once, signal })) break;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('ends a call at whatever stage its signal fires', async () => {
    let ended = 0;
    for (let turns = 0; turns < 120; turns += 3) {
      const controller = new AbortController();
      const options = { wordTimestamps: true, language: turns % 2 ? 'en' : undefined, signal: controller.signal };
      const { language, ...rest } = options;
      const call = engine.transcribe(tones(1.5, turns), language === undefined ? rest : { ...rest, language });
      for (let turn = 0; turn < turns; turn++) await nextTurn();
      controller.abort();
      try {
        await call;
      } catch (error) {
        ended += 1;
        expect(error).toMatchObject({ code: 'Cancelled' });
      }
      expect(await activeWindows(engine)).toBe(0);
    }
    expect(ended).toBeGreaterThan(5);
  });

  it('goes on with the others when one of many is aborted', async () => {
    const expected = await engine.transcribe(tones(3, 5), once);
    const controller = new AbortController();
    const calls = [1, 2, 3].map((seed) => engine.transcribe(tones(4, seed), { ...once, signal: controller.signal }));
    const outcomes = Promise.allSettled(calls);
    const kept = engine.transcribe(tones(3, 5), once);
    for (let turn = 0; turn < 15; turn++) await nextTurn();
    controller.abort();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'Cancelled' } });
    }
    expect((await kept).segments.map(({ tokens }) => tokens)).toEqual(expected.segments.map(({ tokens }) => tokens));
  });

  it('transcribes parts', async () => {
    const clips = [{ start: 1, end: 2 }, { start: 3.5 }];
    const { segments } = await engine.transcribe(tones(5), { ...once, clipTimestamps: clips });
    for (const { seek } of segments) expect((seek >= 100 && seek < 200) || seek >= 350).toBe(true);
  });

  it('finds nothing in parts beyond the end, nor in audio of no length', async () => {
    const beyond = await engine.transcribe(tones(1), { ...once, clipTimestamps: [{ start: 50 }] });
    expect(beyond).toMatchObject({ text: '', segments: [] });
    expect(await activeWindows(engine)).toBe(0);
    const short = await engine.transcribe({ samples: new Float32Array(10), sampleRate: 16000 });
    expect(short.duration).toBeCloseTo(10 / 16000, 6);
  });

  it('begins the first text with a prefix', async () => {
    const { segments } = await engine.transcribe(tones(1), { ...once, language: 'en', prefix: 'she will' });
    expect(segments[0]?.text).toMatch(/^ she will/);
    for (const { start, end } of segments) expect(end).toBeGreaterThanOrEqual(start);
    expect(segments[0]?.start).toBe(0);
  });

  it('refuses what does not fit the model, before it computes', async () => {
    const refuses = async (options: object, parameter: string) => {
      await expect(engine.transcribe(tones(1), options)).rejects.toMatchObject({
        code: 'InvalidParameter',
        details: { parameter },
      });
    };
    await refuses({ language: 'it' }, 'language');
    await refuses({ beamSize: 60 }, 'beamSize');
    await refuses({ bestOf: 60 }, 'bestOf');
    await refuses({ suppressTokens: [5000] }, 'suppressTokens');
    await refuses({ initialPrompt: [5000] }, 'initialPrompt');
    await refuses({ maxNewTokens: 90 }, 'maxNewTokens');
    const long = 'she will one '.repeat(40);
    await refuses({ prefix: long, initialPrompt: long }, 'prefix');
  });

  it('refuses audio that is none', async () => {
    const refusal = (code: string) => ({ code });
    await expect(engine.transcribeFile(`${folder}/nothing.wav`)).rejects.toMatchObject(refusal('NotFound'));
    await expect(engine.transcribeBytes(new Uint8Array(1000))).rejects.toMatchObject({
      code: expect.stringMatching(/InvalidFormat|Unsupported/),
    });
    const empty = { samples: new Float32Array(), sampleRate: 16000 };
    await expect(engine.transcribe(empty)).rejects.toMatchObject(refusal('InvalidParameter'));
    const samples = Float32Array.of(0, Number.NaN, 0);
    await expect(engine.transcribe({ samples, sampleRate: 16000 })).rejects.toMatchObject(refusal('InvalidParameter'));
    await expect(engine.transcribeFile(5 as unknown as string)).rejects.toMatchObject(refusal('InvalidParameter'));
    await expect(engine.transcribeBytes('x' as unknown as Uint8Array)).rejects.toMatchObject(
      refusal('InvalidParameter'),
    );
  });

  it('counts what it does', async () => {
    const before = engine.metrics();
    await engine.transcribe(tones(1), once);
    await expect(engine.transcribe(tones(1), { ...once, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'Cancelled',
    });
    const after = engine.metrics();
    expect(after.successfulRequests - before.successfulRequests).toBe(1);
    expect(after.failedRequests - before.failedRequests).toBe(1);
    expect(after.tokensPerSecond).toBeGreaterThan(0);
    expect(after.performanceBreakdown.modelExecutionTimeMs).toBeGreaterThan(0);
    expect((await engine.healthCheck()).status).toBe('healthy');
    expect((await engine.status()).loadedModels).toEqual([engine.modelId]);
    expect(engine.config()).toMatchObject({
      model: { modelInfo: { modelType: 'whisper', hiddenSize: 32, vocabSize: 1938, maxSequenceLength: 80 } },
      batching: { maxBatchSize: 15 },
    });
  });
});

describe('the life of an engine', () => {
  it('takes so many calls and no more', async () => {
    await using engine = await openTinyEngine(location, folder, { maxRequests: 2 });
    const calls = [1, 2].map((seed) => engine.transcribe(tones(3, seed), once));
    expect(await engine.status()).toMatchObject({ isReady: false, activeRequests: 2 });
    expect((await engine.healthCheck()).status).toBe('warning');
    await expect(engine.transcribe(tones(1), once)).rejects.toMatchObject({
      code: 'ResourceExhausted',
      message: expect.stringContaining('maxRequests'),
    });
    await Promise.all(calls);
    expect((await engine.status()).isReady).toBe(true);
  });

  it('lets calls finish when it is shut down, and takes no more', async () => {
    const engine = await openTinyEngine(location, folder);
    const expected = await engine.transcribe(tones(3), once);
    const call = engine.transcribe(tones(3), once);
    const closed = engine.shutdown({ drainTimeoutMs: 60_000 });
    await expect(engine.transcribe(tones(1))).rejects.toMatchObject({ code: 'Cancelled' });
    expect(textsOf((await call).segments)).toEqual(textsOf(expected.segments));
    await closed;
    expect(await engine.status()).toMatchObject({ isReady: false, loadedModels: [], activeRequests: 0 });
    expect((await engine.healthCheck()).status).toBe('unhealthy');
    await engine.shutdown();
  });

  it('ends calls that take too long when it is shut down', async () => {
    const engine = await openTinyEngine(location, folder);
    const calls = [1, 2, 3].map((seed) => engine.transcribe(tones(120, seed)));
    const outcomes = Promise.allSettled(calls);
    const stream = engine.transcribeStream(tones(120), once);
    await stream.next();
    await engine.shutdown({ drainTimeoutMs: 0 });
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'Cancelled' } });
    }
    const rest = async () => {
      for await (const _ of stream);
    };
    await expect(rest()).rejects.toMatchObject({ code: 'Cancelled' });
  });

  it('refuses a bad option by its name', async () => {
    for (const [name, value] of Object.entries({
      ...{ threads: 0, quantization: 'int4', libraryPath: '', maxWindows: 0, maxBatchSize: 1.5, maxRequests: -1 },
      ...{ maxAudioBytes: 0, maxAudioSeconds: 0, vadModel: '', drainTimeoutMs: -1, speed: 2 },
    })) {
      await expect(openTinyEngine(location, folder, { [name]: value })).rejects.toMatchObject({
        code: 'InvalidParameter',
        message: expect.stringContaining(name),
      });
    }
    await using engine = await openTinyEngine(location, folder, { maxAudioSeconds: 1 });
    await expect(engine.transcribe(tones(1.5))).rejects.toMatchObject({
      code: 'InvalidParameter',
      message: expect.stringContaining('at most 1'),
    });
    await expect(engine.shutdown({ drainTimeoutMs: -1 })).rejects.toMatchObject({ code: 'InvalidParameter' });
  });
});

function textsOf(segments: readonly TranscriptionSegment[]): readonly string[] {
  return segments.map(({ text }) => text);
}
