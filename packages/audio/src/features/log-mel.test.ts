import { existsSync, readFileSync } from 'node:fs';
import { FerrumError } from '@ferrum/registry/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Waveform } from '../waveform/waveform.js';
import { frameCount, LogMel } from './log-mel.js';
import { farthest } from './testing/farthest.js';
import { noise, waveformOf, wavSamples } from './testing/signals.js';
import { whisperNormalize } from './whisper-normalize.js';

/** Made by fixtures/make.py: faster-whisper's features. */
interface Case {
  readonly length: number;
  readonly seed: number;
  readonly melBins: number;
  readonly frames: number;
  readonly mean: number;
  readonly chosen: Readonly<Record<string, readonly number[]>>;
}
const cases = JSON.parse(readFileSync(new URL('fixtures/features.json', import.meta.url), 'utf8')) as readonly Case[];

const shared = new URL('../../../../../shared/', import.meta.url);
const referenceFile = new URL('reference/whisper-front.json', shared);
const speechFile = new URL('audio/jfk.wav', shared);
const hasReference = existsSync(referenceFile) && existsSync(speechFile);

const models = new Map<number, LogMel>();
beforeAll(async () => {
  for (const melBins of [40, 80, 128]) models.set(melBins, await LogMel.open({ melBins }));
});
afterAll(async () => {
  for (const model of models.values()) await model[Symbol.asyncDispose]();
});

function modelOf(melBins: number): LogMel {
  const model = models.get(melBins);
  if (model === undefined) throw new Error(`no model of ${melBins} bins`);
  return model;
}

async function whisperFeatures(wave: Waveform, melBins: number): Promise<Float32Array> {
  const model = modelOf(melBins);
  return whisperNormalize(await model.compute(wave, 0, frameCount(wave)), await model.maximum(wave));
}

function column(features: Float32Array, melBins: number, frame: number): Float32Array {
  const frames = features.length / melBins;
  return Float32Array.from({ length: melBins }, (_, mel) => features[mel * frames + frame] ?? Number.NaN);
}

function rowSums(features: Float32Array, melBins: number): number[] {
  const frames = features.length / melBins;
  return Array.from({ length: melBins }, (_, mel) => {
    return features.subarray(mel * frames, (mel + 1) * frames).reduce((sum, value) => sum + value, 0);
  });
}

describe('log-mel features', () => {
  it.each(cases)('are those of faster-whisper for $length samples in $melBins bins', async (expected) => {
    const wave = waveformOf(noise(expected.length, expected.seed));
    expect(frameCount(wave)).toBe(expected.frames);
    const features = await whisperFeatures(wave, expected.melBins);
    for (const [frame, values] of Object.entries(expected.chosen)) {
      expect(farthest(column(features, expected.melBins, Number(frame)), values)).toBeLessThan(1e-4);
    }
    const mean = features.reduce((sum, value) => sum + value, 0) / features.length;
    expect(mean).toBeCloseTo(expected.mean, 4);
  });

  it.skipIf(!hasReference)('are those of both reference front ends for speech (needs ../shared)', async () => {
    const { mel } = JSON.parse(readFileSync(referenceFile, 'utf8'));
    const wave = waveformOf(wavSamples(readFileSync(speechFile)));
    const ofFile = await whisperFeatures(wave, 80);
    const model = modelOf(80);
    // The audio padded with zeros to 30 s: the maximum is the same, as silence is never louder.
    const ofWindow = whisperNormalize(await model.compute(wave, 0, 3000), await model.maximum(wave));
    expect(ofWindow.length).toBe(80 * 3000);
    for (const [features, first] of [
      [ofFile, mel.fw_first10],
      [ofWindow, mel.hf_first10],
    ] as const) {
      expect(first.length).toBe(10);
      first.forEach((values: readonly number[], frame: number) => {
        expect(farthest(column(features, 80, frame), values)).toBeLessThan(1e-3);
      });
    }
    // Means over 3000 frames: faster-whisper's are filled up with 0.
    expect(
      farthest(
        rowSums(ofFile, 80).map((sum) => sum / 3000),
        mel.fw_bin_mean,
      ),
    ).toBeLessThan(1e-3);
    expect(
      farthest(
        rowSums(ofWindow, 80).map((sum) => sum / 3000),
        mel.hf_bin_mean,
      ),
    ).toBeLessThan(1e-3);
  });

  it('do not depend on how the signal is divided into calls', async () => {
    const wave = waveformOf(noise(170017, 3));
    const model = modelOf(80);
    const frames = frameCount(wave);
    const whole = await model.compute(wave, 0, frames);
    for (const size of [1, 7, 499, 500, 501, 1062]) {
      const starts = size === 1 ? [0, 1, 2, 500, frames - 1] : Array.from({ length: 3 }, (_, part) => part * size);
      for (const start of starts.filter((frame) => frame < frames)) {
        const end = Math.min(start + size, frames);
        const part = await model.compute(wave, start, end);
        for (let frame = start; frame < end; frame++) {
          expect(farthest(column(part, 80, frame - start), [...column(whole, 80, frame)])).toBeLessThan(1e-4);
        }
      }
    }
  });

  it('are −10 beyond the audio, which nothing is computed for', async () => {
    const wave = waveformOf(noise(1000, 3));
    const features = await modelOf(80).compute(wave, 0, 20);
    // Frame 7 spans samples 921 to 1319, frame 8 begins at 1081.
    expect(Math.max(...column(features, 80, 7))).toBeGreaterThan(-2);
    expect(column(features, 80, 8)).toEqual(new Float32Array(80).fill(-10));
    const far = await modelOf(80).compute(wave, 1_000_000_000, 1_000_000_002);
    expect(far).toEqual(new Float32Array(160).fill(-10));
    expect(await modelOf(80).compute(wave, 3, 3)).toEqual(new Float32Array(0));
  });

  it('of silence and of no audio at all are −10', async () => {
    for (const length of [0, 5000]) {
      const wave = waveformOf(new Float32Array(length));
      expect(await modelOf(80).maximum(wave)).toBe(-10);
      const features = await modelOf(80).compute(wave, 0, frameCount(wave));
      expect(farthest(features, new Array(features.length).fill(-10))).toBeLessThan(1e-5);
    }
  });

  it('of two waveforms can be computed at the same time', async () => {
    const waves = [1, 2, 3].map((seed) => waveformOf(noise(100_000, seed)));
    const alone = [];
    for (const wave of waves) alone.push(await modelOf(80).compute(wave, 0, 626));
    const together = await Promise.all(waves.map((wave) => modelOf(80).compute(wave, 0, 626)));
    expect(together).toEqual(alone);
  });

  it('rejects samples that are no ordinary numbers, saying where', async () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, -1e30]) {
      const samples = new Float32Array(100_000);
      samples[90_001] = bad;
      const wave = waveformOf(samples);
      await expect(modelOf(80).compute(wave, 0, 626)).rejects.toThrow(/Sample 90001 of the audio is/);
      await expect(modelOf(80).maximum(wave)).rejects.toSatisfy(FerrumError.isInstance);
    }
    // Far too loud, and still a number.
    const loud = await modelOf(80).maximum(waveformOf(new Float32Array(1000).fill(1e6)));
    expect(Number.isFinite(loud)).toBe(true);
  });

  it.each([
    [-1, 5],
    [5, 4],
    [0.5, 4],
    [0, Number.NaN],
    [0, Number.POSITIVE_INFINITY],
  ])('rejects frames %s to %s', async (start, end) => {
    const error = await modelOf(80)
      .compute(waveformOf(noise(1000, 1)), start, end)
      .catch((reason) => reason);
    expect(error).toMatchObject({ code: 'InvalidParameter' });
  });

  it.each([0, -80, 80.5, 202, Number.NaN])('rejects %s mel bins', async (melBins) => {
    await expect(LogMel.open({ melBins })).rejects.toMatchObject({ code: 'InvalidParameter' });
  });

  it('stops when the signal fires, and works on afterwards', async () => {
    const wave = waveformOf(noise(400_000, 1));
    const controller = new AbortController();
    const computing = modelOf(80).maximum(wave, { signal: controller.signal });
    controller.abort();
    await expect(computing).rejects.toMatchObject({ code: 'Cancelled' });
    await expect(modelOf(80).compute(wave, 0, 5, { signal: controller.signal })).rejects.toMatchObject({
      code: 'Cancelled',
    });
    expect(await modelOf(80).maximum(wave)).toBeGreaterThan(0);
  });

  it('refuses to compute once disposed, and is disposed of twice', async () => {
    const model = await LogMel.open({ melBins: 80, threads: 2 });
    await model[Symbol.asyncDispose]();
    await model[Symbol.asyncDispose]();
    await expect(model.maximum(waveformOf(noise(1000, 1)))).rejects.toMatchObject({ code: 'InvalidParameter' });
  });
});
