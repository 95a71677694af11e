import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadWaveform } from '@ferrum/audio';
import { describe, expect, it } from 'vitest';
import { compare, expectedSamples, fixtureBytes, fixtureNames, fixturePath, toFloats } from './testing/fixtures.js';

const undecodable = new Set(['adpcm.wav', 'alac.m4a', 'encrypted.mp4', 'video-only.mp4']);
describe('loadWaveform agrees with PyAV', () => {
  const names = fixtureNames.filter((name) => !undecodable.has(name));

  it.each(names.filter((name) => /16k\.wav|rf64|wave64/.test(name)))('to the bit on %s', async (name) => {
    const expected = toFloats(expectedSamples(name));
    const fromPath = await loadWaveform(fixturePath(name));
    expect(fromPath.read(0, fromPath.length)).toEqual(expected);
    const fromBytes = await loadWaveform(fixtureBytes(name));
    expect(fromBytes.read(0, fromBytes.length)).toEqual(expected);
  });

  it.each(names.filter((name) => !/16k\.wav|rf64|wave64/.test(name)))('closely on %s', async (name) => {
    const expected = toFloats(expectedSamples(name));
    const wave = await loadWaveform(fixturePath(name));
    expect(Math.abs(wave.length - expected.length)).toBeLessThanOrEqual(1);
    const { max, correlation } = compare(wave.read(0, wave.length), expected);
    // PyAV's resampler lets more of the range around 8 kHz through.
    expect(max).toBeLessThan(30 / 32768);
    expect(correlation).toBeGreaterThan(0.9999);
  });

  it.each([
    ['adpcm.wav', 'adpcm_ms'],
    ['alac.m4a', 'alac'],
    ['encrypted.mp4', 'DRM'],
    ['video-only.mp4', 'no audio stream'],
  ])('but says why it cannot read %s', async (name, reason) => {
    const loading = loadWaveform(fixturePath(name));
    await expect(loading).rejects.toMatchObject({ code: 'Unsupported', message: expect.stringContaining(reason) });
  });
});

/** Of the shared speech, by faster-whisper 1.2.1's decode_audio: see fixtures/make-speech.py. */
interface Speech {
  readonly name: string;
  readonly length: number;
  /** Of the squares of the 16-bit samples. */
  readonly energy: number;
  /** Every 997th 16-bit sample. */
  readonly samples: readonly number[];
}
const speech = JSON.parse(readFileSync(fixturePath('speech.json'), 'utf8')) as readonly Speech[];
const sharedAudio = new URL('../../../../../shared/audio/', import.meta.url);

describe.skipIf(!existsSync(sharedAudio))('loadWaveform reads the shared speech (skipped without ../shared)', () => {
  it.each(speech)('$name as faster-whisper does', async ({ name, length, energy, samples }) => {
    const wave = await loadWaveform(fileURLToPath(new URL(name, sharedAudio)));
    expect(wave.length).toBe(length);
    const all = wave.read(0, length);
    const actual = Float32Array.from(samples, (_, index) => all[index * 997] ?? 0);
    const expected = Float32Array.from(samples, (sample) => sample / 32768);
    if (name.endsWith('.wav')) expect(actual).toEqual(expected);
    const { max, correlation } = compare(actual, expected);
    expect(max).toBeLessThan(40 / 32768);
    expect(correlation).toBeGreaterThan(0.9999);
    const sum = all.reduce((total, sample) => total + (sample * 32768) ** 2, 0);
    expect(Math.abs(sum / energy - 1)).toBeLessThan(name.endsWith('.wav') ? 1e-12 : 1e-3);
  });
});
