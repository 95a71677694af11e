import { describe, expect, it } from 'vitest';
import { tones } from '../testing/tiny-engine.js';
import { LiveAudio } from './live-audio.js';

const counted = (from: number, to: number) => Float32Array.from({ length: to - from }, (_, i) => (from + i) / 1e6);

describe('live audio', () => {
  it('keeps what may still be wanted, at its position since the beginning', async () => {
    const audio = new LiveAudio();
    let end = 0;
    for (const length of [1000, 1, 70_000, 0, 300_000, 512]) {
      await audio.add({ samples: counted(end, end + length), sampleRate: 16000 });
      end += length;
      expect(audio.end).toBe(end);
      audio.forget(end - 800);
      audio.forget(end - 900);
      const from = Math.max(0, end - 800);
      const { length: cut, duration, read } = audio.cut(from, end);
      expect([cut, duration]).toEqual([end - from, (end - from) / 16000]);
      expect(read(0, cut)).toEqual(counted(from, end));
    }
  });

  it('cuts a copy, with silence on both sides', async () => {
    const audio = new LiveAudio();
    await audio.add({ samples: counted(0, 1000), sampleRate: 16000 });
    const wave = audio.cut(100, 200);
    audio.forget(900);
    await audio.add({ samples: counted(1000, 2000), sampleRate: 16000 });
    const read = wave.read(-2, 103);
    expect([...read.subarray(0, 2), ...read.subarray(102)]).toEqual([0, 0, 0, 0, 0]);
    expect(read.slice(2, 102)).toEqual(counted(100, 200));
    expect(wave.read(300, 302, new Float32Array([1, 1]))).toEqual(new Float32Array(2));
  });

  it('resamples what comes at another rate, whatever its pieces', async () => {
    const { samples } = tones(1);
    const resampled = async (pieces: number) => {
      const audio = new LiveAudio();
      const length = Math.ceil(samples.length / pieces);
      for (let at = 0; at < samples.length; at += length) {
        await audio.add({ samples: samples.subarray(at, at + length), sampleRate: 32000 });
      }
      audio.finish();
      return audio.cut(0, audio.end).read(0, audio.end);
    };
    const whole = await resampled(1);
    expect(whole).toHaveLength(8000);
    expect(await resampled(17)).toEqual(whole);
  });

  it('refuses what is no audio, or another rate than before', async () => {
    const audio = new LiveAudio();
    const refusal = { code: 'InvalidParameter', details: { parameter: 'audio' } };
    for (const bad of [undefined, 5, { samples: [1, 2], sampleRate: 16000 }, { samples: new Float32Array(1) }]) {
      await expect(audio.add(bad as never)).rejects.toMatchObject(refusal);
    }
    await audio.add({ samples: new Float32Array(10), sampleRate: 16000 });
    await expect(audio.add({ samples: new Float32Array(10), sampleRate: 44100 })).rejects.toMatchObject({
      ...refusal,
      message: expect.stringContaining('44100'),
    });
    await expect(new LiveAudio().add({ samples: new Float32Array(1), sampleRate: Number.NaN })).rejects.toHaveProperty(
      'code',
    );
  });

  it('may be let go while its first piece is on the way', async () => {
    const audio = new LiveAudio();
    const adding = audio.add({ samples: new Float32Array(48_000), sampleRate: 48_000 });
    audio[Symbol.dispose]();
    await adding;
    expect(() => audio.finish()).not.toThrow();
  });
});
