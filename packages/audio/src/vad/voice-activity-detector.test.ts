import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultModelStore } from '@ferrum/models';
import { decodeModel } from '@ferrum/onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logMelGraph } from '../features/log-mel-graph.js';
import { farthest } from '../features/testing/farthest.js';
import { noise, waveformOf, wavSamples } from '../features/testing/signals.js';
import { speechTimestamps } from './speech-timestamps.js';
import { voiceLike } from './testing/voice-like.js';
import { VoiceActivityDetector, windowCount } from './voice-activity-detector.js';

/** Made by fixtures/make-probabilities.py: the stock models, stepped window by window. */
interface Reference {
  readonly length: number;
  readonly seed: number;
  readonly v5: readonly number[];
  readonly v6: readonly number[];
  readonly fasterWhisper: readonly number[];
  /** Of the recording in ../shared, version 5. */
  readonly speech: readonly number[];
}
const reference = JSON.parse(
  readFileSync(new URL('fixtures/probabilities.json', import.meta.url), 'utf8'),
) as Reference;
const wave = waveformOf(voiceLike(reference.length, reference.seed));

const shared = new URL('../../../../../shared/', import.meta.url);
const speechFile = new URL('audio/jfk.wav', shared);
const version6 = ['silero_vad.onnx', 'silero_vad_16k_op15.onnx'].map((name) => {
  return new URL(`models/silero-vad/${name}`, shared);
});

let path: string;
let fasterWhisperPath: string;
let detector: VoiceActivityDetector;
// Pulls the models from the package registries on a new machine.
beforeAll(async () => {
  path = await pulled('silero-vad:v5');
  fasterWhisperPath = await pulled('pypi:faster-whisper@1.2.1/faster_whisper/assets/silero_vad_v6.onnx');
  detector = await VoiceActivityDetector.open({ path });
}, 600_000);
afterAll(() => detector[Symbol.asyncDispose]());

async function pulled(name: string): Promise<string> {
  const { files } = await defaultModelStore().pull(name);
  const file = Object.values(files).find((candidate) => candidate.endsWith('.onnx'));
  if (file === undefined) throw new Error(`${name} has no .onnx file`);
  return file;
}

async function probabilitiesOf(model: string): Promise<Float32Array> {
  const opened = await VoiceActivityDetector.open({ path: model, threads: 2 });
  try {
    return await opened.probabilities(wave);
  } finally {
    await opened[Symbol.asyncDispose]();
  }
}

describe('voice activity', () => {
  it('has the probabilities of version 5 stepped window by window', async () => {
    expect(farthest(await detector.probabilities(wave), reference.v5)).toBeLessThan(1e-4);
  });

  it('has the probabilities of the model that comes with faster-whisper', async () => {
    expect(farthest(await probabilitiesOf(fasterWhisperPath), reference.fasterWhisper)).toBeLessThan(1e-4);
  });

  it.skipIf(!version6.every(existsSync))(
    'has the probabilities of version 6 in both exports (needs ../shared)',
    async () => {
      for (const file of version6) {
        expect(farthest(await probabilitiesOf(file.pathname), reference.v6)).toBeLessThan(1e-4);
      }
    },
  );

  it.skipIf(!existsSync(speechFile))('has the probabilities of version 5 for speech (needs ../shared)', async () => {
    const speech = waveformOf(wavSamples(readFileSync(speechFile)));
    const probabilities = await detector.probabilities(speech);
    expect(farthest(probabilities, reference.speech)).toBeLessThan(1e-4);
    const spans = speechTimestamps(probabilities, speech.length, { minSilenceDurationMs: 500, speechPadMs: 0 });
    expect(spans.length).toBeGreaterThan(1);
  });

  it.each([0, 1, 511, 512, 513])(
    'of %s samples has a probability for each window, the last filled up',
    async (length) => {
      const probabilities = await detector.probabilities(waveformOf(voiceLike(length, 1)));
      expect(probabilities.length).toBe(windowCount(length));
      expect(probabilities.length).toBe(Math.floor(length / 512) + 1);
      for (const probability of probabilities) expect(probability).toBeLessThan(0.5);
    },
  );

  it('finds no speech in silence and in noise', async () => {
    for (const samples of [new Float32Array(200_000), noise(200_000, 3).map((sample) => sample / 100)]) {
      const probabilities = await detector.probabilities(waveformOf(samples));
      expect(speechTimestamps(probabilities, samples.length)).toEqual([]);
    }
  });

  it('reports its progress, and stops when the signal fires', async () => {
    const long = waveformOf(noise(512 * 700, 3));
    const progress: unknown[] = [];
    await detector.probabilities(long, { onProgress: (event) => progress.push(event) });
    expect(progress).toEqual([
      { completed: 312, total: 701 },
      { completed: 624, total: 701 },
      { completed: 701, total: 701 },
    ]);
    const controller = new AbortController();
    const { signal } = controller;
    const stopped = detector.probabilities(long, { signal, onProgress: () => controller.abort() });
    await expect(stopped).rejects.toMatchObject({ code: 'Cancelled' });
    await expect(detector.probabilities(long, { signal })).rejects.toMatchObject({ code: 'Cancelled' });
  });

  it('rejects samples that are no ordinary numbers, saying where', async () => {
    const samples = new Float32Array(512 * 400);
    samples[200_000] = Number.NaN;
    await expect(detector.probabilities(waveformOf(samples))).rejects.toMatchObject({
      code: 'InvalidParameter',
      message: expect.stringContaining('Sample 200000 of the audio is NaN'),
    });
  });
});

describe('a stream of voice activity', () => {
  it('gives what the whole audio gives, however it is cut, and begins anew after the end', async () => {
    const samples = wave.read(0, wave.length);
    const whole = await detector.probabilities(wave);
    const stream = detector.stream();
    for (const sizes of [[1, 511, 512, 513, 0, 100], [160], [wave.length], [1024]]) {
      const pushes: Promise<Float32Array>[] = [];
      // Not awaited one by one: the stream keeps their order.
      for (let start = 0, turn = 0; start < samples.length; turn++) {
        const size = sizes[turn % sizes.length] ?? 1;
        pushes.push(stream.push(samples.subarray(start, start + size)));
        start += size;
      }
      pushes.push(stream.finish());
      const streamed = Float32Array.from((await Promise.all(pushes)).flatMap((part) => [...part]));
      expect(farthest(streamed, whole)).toBeLessThan(1e-5);
    }
  });

  it('is apart from other streams', async () => {
    const [first, second] = [detector.stream(), detector.stream()];
    const samples = wave.read(0, 51_200);
    const silence = new Float32Array(51_200);
    const [alone] = await Promise.all([first.push(samples), second.push(silence)]);
    expect(farthest(alone, (await detector.probabilities(wave)).subarray(0, 100))).toBeLessThan(1e-5);
  });

  it('leaves out what it rejects, and takes a copy of what it is given', async () => {
    const stream = detector.stream();
    const samples = wave.read(0, 1000);
    await stream.push(samples);
    await expect(stream.push(Float32Array.of(0, Number.NaN))).rejects.toThrow(/Sample 1001 of the audio is NaN/);
    const next = wave.read(1000, 1536);
    const pushed = stream.push(next);
    next.fill(Number.NaN);
    const expected = (await detector.probabilities(wave)).subarray(1, 3);
    expect(farthest(await pushed, expected)).toBeLessThan(1e-5);
  });
});

describe('opening a voice activity model', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ferrum-vad-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const rejected = async (name: string, bytes: Uint8Array, code: string, message: RegExp) => {
    const file = join(folder, name);
    await writeFile(file, bytes);
    await expect(VoiceActivityDetector.open({ path: file })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  };

  it('rejects a file that is missing, damaged, or another model', async () => {
    const missing = VoiceActivityDetector.open({ path: join(folder, 'missing.onnx') });
    await expect(missing).rejects.toMatchObject({ code: 'NotFound' });
    const bytes = readFileSync(path);
    await rejected('cut.onnx', bytes.subarray(0, 100_000), 'InvalidFormat', /damaged or not ONNX/);
    await rejected('other.onnx', logMelGraph(80), 'Unsupported', /Expected Silero VAD version 5 or 6/);
  });

  it('rejects weights that are no numbers', async () => {
    const bytes = Buffer.from(readFileSync(fasterWhisperPath));
    // Inline data are views of the file's bytes.
    const { initializers } = decodeModel(bytes).graph;
    const data = initializers.find(({ name }) => name === 'decoder.conv1d.weight')?.data;
    if (data?.kind !== 'inline') throw new Error('no such weights');
    data.bytes.fill(0xff);
    await rejected('nan.onnx', bytes, 'InvalidFormat', /decoder.conv1d.weight.* that are no numbers/);
  });

  it('refuses to compute once disposed, and is disposed of twice', async () => {
    const opened = await VoiceActivityDetector.open({ path });
    const stream = opened.stream();
    await opened[Symbol.asyncDispose]();
    await opened[Symbol.asyncDispose]();
    await expect(opened.probabilities(wave)).rejects.toMatchObject({ code: 'InvalidParameter' });
    await expect(stream.push(new Float32Array(600))).rejects.toMatchObject({ code: 'InvalidParameter' });
  });
});
