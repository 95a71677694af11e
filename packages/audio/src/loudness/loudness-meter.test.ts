import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { integratedLoudness, loadWaveform } from '@ferrum/audio';
import { describe, expect, it } from 'vitest';
import { kWeighting } from './k-weighting.js';
import { LoudnessMeter } from './loudness-meter.js';

interface Signal {
  readonly sampleRate: number;
  readonly seconds: number;
  readonly tones: readonly (readonly [hertz: number, level: number])[];
  readonly pause: number;
  readonly loudness: number | null;
}

/** What pyloudnorm measures: fixtures/make.py. */
const measured: {
  readonly signals: readonly Signal[];
  readonly recordings: Readonly<Record<string, { readonly sampleRate: number; readonly loudness: number }>>;
} = JSON.parse(readFileSync(new URL('./fixtures/loudness.json', import.meta.url), 'utf8'));

function samplesOf({ sampleRate, seconds, tones, pause }: Signal): Float32Array {
  return Float32Array.from({ length: Math.round(sampleRate * seconds) }, (_, index) => {
    const time = index / sampleRate;
    const left = seconds - time;
    const envelope = pause === 0 || left >= pause + 1 ? 1 : left < pause ? 0 : 0.1;
    return envelope * tones.reduce((sum, [hertz, level]) => sum + level * Math.sin(2 * Math.PI * hertz * time), 0);
  });
}

describe('K-weighting', () => {
  it('is that of the tables of BS.1770-4 at 48 kHz', () => {
    const [shelf, pass] = kWeighting(48_000);
    const expected = [1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585];
    [...shelf.b, ...shelf.a].forEach((value, index) => void expect(value).toBeCloseTo(expected[index] ?? 0, 10));
    expect(pass.b).toEqual([1, -2, 1]);
    expect(pass.a[0]).toBeCloseTo(-1.99004745483398, 10);
    expect(pass.a[1]).toBeCloseTo(0.99007225036621, 10);
  });
});

describe('integrated loudness', () => {
  it.each(measured.signals.map((signal) => [`${signal.seconds} s at ${signal.sampleRate} Hz`, signal] as const))(
    'is that of pyloudnorm: %s',
    (_name, signal) => {
      const loudness = integratedLoudness(samplesOf(signal), signal.sampleRate);
      if (signal.loudness === null) expect(loudness).toBe(Number.NEGATIVE_INFINITY);
      else expect(Math.abs(loudness - signal.loudness)).toBeLessThan(0.1);
    },
  );

  it.each(Object.entries(measured.recordings))('is that of pyloudnorm: %s', async (name, { sampleRate, loudness }) => {
    const path = fileURLToPath(new URL(`../../../../../shared/audio/${name}`, import.meta.url));
    if (!existsSync(path)) return console.warn(`Skipped: no ${path}.`);
    const wave = await loadWaveform(path);
    expect(Math.abs(integratedLoudness(wave.read(0, wave.length), sampleRate) - loudness)).toBeLessThan(0.1);
  });

  it('of 1 kHz at full scale in one channel is −3.01 LUFS', () => {
    const signal = { sampleRate: 48_000, seconds: 3, tones: [[997, 1]], pause: 0, loudness: null } as const;
    expect(integratedLoudness(samplesOf(signal), 48_000)).toBeCloseTo(-3.01, 1);
  });

  it('does not depend on how the audio is cut', () => {
    const [signal] = measured.signals.slice(3);
    if (!signal) return expect.fail('no signal');
    const samples = samplesOf(signal);
    const meter = new LoudnessMeter(signal.sampleRate);
    for (let start = 0; start < samples.length; start += 777) meter.push(samples.subarray(start, start + 777));
    expect(meter.integrated).toBeCloseTo(integratedLoudness(samples, signal.sampleRate), 10);
  });

  it('is −Infinity for silence and for less than 400 ms, and an error for what is no audio', () => {
    expect(integratedLoudness(new Float32Array(48_000), 48_000)).toBe(Number.NEGATIVE_INFINITY);
    expect(integratedLoudness(new Float32Array(19_199).fill(0.5), 48_000)).toBe(Number.NEGATIVE_INFINITY);
    expect(() => integratedLoudness(Float32Array.of(0, Number.NaN), 48_000)).toThrow('Sample 1 of the audio is NaN');
    expect(() => integratedLoudness(new Float32Array(9), Number.NaN)).toThrow('sampleRate');
  });
});
