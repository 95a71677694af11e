import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createResampler, loadWaveform } from '@ferrum/audio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StoredWaveform } from './stored-waveform.js';

function tone(hertz: number, sampleRate: number, seconds: number): Float32Array {
  return Float32Array.from(
    { length: Math.round(sampleRate * seconds) },
    (_, index) => 0.5 * Math.sin((2 * Math.PI * hertz * index) / sampleRate),
  );
}

/** Root mean square of the middle, against that of the tone that went in, in dB. */
function level(samples: Float32Array): number {
  const middle = samples.subarray(2000, samples.length - 2000);
  const square = middle.reduce((sum, sample) => sum + sample * sample, 0) / middle.length;
  return 10 * Math.log10(square / 0.125);
}

describe('bytes of a file', () => {
  it('are left to the caller, a Buffer as well', async () => {
    const file = fileURLToPath(new URL('../decode/fixtures/pcm_s16le-16k.wav', import.meta.url));
    const buffer = await readFile(file);
    const copy = Buffer.from(buffer);
    const fromFile = await loadWaveform(file);
    for (let i = 0; i < 2; i++) {
      const { length } = await loadWaveform(buffer);
      expect(length).toBe(fromFile.length);
    }
    expect(buffer.equals(copy)).toBe(true);
  });
});

describe('a waveform of samples', () => {
  it('at 16 kHz refers to them', async () => {
    const samples = Float32Array.of(0.1, 0.2, 0.3);
    const wave = await loadWaveform({ samples, sampleRate: 16000 });
    samples[1] = 0.5;
    expect(wave.read(-1, 4)).toEqual(Float32Array.of(0, samples[0] ?? 0, 0.5, samples[2] ?? 0, 0));
  });

  it.each([8000, 11025, 22050, 24000, 44100, 48000, 96000, 44101])(
    'at %d Hz keeps its length and place',
    async (sampleRate) => {
      const wave = await loadWaveform({ samples: tone(440, sampleRate, 1.5), sampleRate });
      expect(Math.abs(wave.length - 24000)).toBeLessThanOrEqual(1);
      const actual = wave.read(1000, 23000);
      const expected = tone(440, 16000, 1.5).subarray(1000, 23000);
      expect(
        actual.reduce((most, sample, index) => Math.max(most, Math.abs(sample - (expected[index] ?? 0))), 0),
      ).toBeLessThan(2e-3);
    },
  );
});

describe('reading a waveform', () => {
  it('gives any span, with 0 outside of the audio', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: -9, max: 50 }),
        fc.nat(60),
        (length, start, span) => {
          const all = Int16Array.from({ length }, (_, index) => index + 1);
          const blocks = [];
          for (let at = 0; at < length; at += 8) blocks.push(all.subarray(at, at + 8));
          const wave = new StoredWaveform(blocks);
          const expected = Float32Array.from({ length: span }, (_, index) => (all[start + index] ?? 0) / 32768);
          expect(wave.length).toBe(length);
          expect(wave.read(start, start + span)).toEqual(expected);
          expect(wave.read(start, start + span, new Float32Array(span).fill(9))).toEqual(expected);
        },
      ),
    );
  });

  it('refuses spans that are none', () => {
    const wave = new StoredWaveform([new Int16Array(10)]);
    expect(() => wave.read(5, 4)).toThrow(/in order/);
    expect(() => wave.read(0.5, 4)).toThrow(/whole/);
    expect(() => wave.read(0, 4, new Float32Array(3))).toThrow(/into/);
  });
});

describe('the resampler', () => {
  async function resample(
    samples: Float32Array,
    from: number,
    to: number,
    piece = samples.length,
  ): Promise<Float32Array> {
    using resampler = await createResampler(from, to);
    const parts: Float32Array[] = [];
    for (let at = 0; at < samples.length; at += piece) parts.push(resampler.push(samples.subarray(at, at + piece)));
    parts.push(resampler.finish());
    const all = parts.flatMap((part) => [...part]);
    return Float32Array.from(all);
  }

  it.each([44100, 48000])('from %d Hz is flat to 7.2 kHz and removes what would be folded back', async (rate) => {
    for (const hertz of [100, 1000, 5000, 7200]) {
      expect(Math.abs(level(await resample(tone(hertz, rate, 1), rate, 16000)))).toBeLessThan(0.1);
    }
    for (const hertz of [8500, 9000, 12000, 15900, 20000]) {
      expect(level(await resample(tone(hertz, rate, 1), rate, 16000))).toBeLessThan(-80);
    }
  });

  it('gives the same for any pieces', async () => {
    const samples = tone(997, 44100, 0.3);
    const whole = await resample(samples, 44100, 16000);
    for (const piece of [1, 160, 1000]) expect(await resample(samples, 44100, 16000, piece)).toEqual(whole);
  });

  it('refuses rates out of range, NaN, and samples after its end', async () => {
    await expect(createResampler(500, 16000)).rejects.toMatchObject({ code: 'Unsupported' });
    using resampler = await createResampler(8000, 16000);
    expect(() => resampler.push(Float32Array.of(0, Number.NaN))).toThrow(/Sample 1 is NaN/);
    resampler.finish();
    expect(() => resampler.push(new Float32Array(1))).toThrow(/finished/);
  });
});
