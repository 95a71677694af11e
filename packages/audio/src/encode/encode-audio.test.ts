import { createHash } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { type AudioFormat, audioFormatInfo, audioFormats, encodeAudio } from '@ferrum/audio';
import { FerrumError } from '@ferrum/registry/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, chunksOf, decoded, signalToNoise, voice } from './testing/signals.js';

const lossy = ['mp3', 'opus', 'aac'] as const;
const rates = [16_000, 22_050, 24_000, 44_100, 48_000];

describe('what is encoded can be decoded again', () => {
  it.each(rates.flatMap((rate) => (['wav', 'flac'] as const).map((format) => [format, rate] as const)))(
    '%s at %s Hz: exactly',
    async (format, inputSampleRate) => {
      const samples = voice(inputSampleRate, 1.234);
      const bytes = await bytesOf(encodeAudio(chunksOf(samples, 1000), { format, inputSampleRate }));
      const again = await bytesOf(encodeAudio([samples], { format, inputSampleRate }));
      expect(again).toEqual(bytes);
      // Decoded to 16 kHz: what is in a wav that was written by hand has to come out the same.
      expect(await decoded(bytes)).toEqual(await decoded(handmadeWav(samples, inputSampleRate)));
    },
  );

  it('pcm: the samples, rounded, and nothing else', async () => {
    const samples = Float32Array.of(0, 0.5, -0.5, 1, -1, 2, -2, 1e-5, 2e-5, -1e-5);
    const bytes = await bytesOf(encodeAudio([samples], { format: 'pcm', inputSampleRate: 24_000 }));
    const expected = [0, 16384, -16384, 32767, -32768, 32767, -32768, 0, 1, 0];
    expect([...new Int16Array(bytes.buffer)]).toEqual(expected);
  });

  it.each(rates.flatMap((rate) => lossy.map((format) => [format, rate] as const)))(
    '%s from %s Hz: alike, and as long within 50 ms',
    async (format, inputSampleRate) => {
      for (const seconds of [0.05, 1.234]) {
        const samples = voice(inputSampleRate, seconds);
        const bytes = await bytesOf(encodeAudio(chunksOf(samples, 999), { format, inputSampleRate }));
        const result = await decoded(bytes);
        expect(Math.abs(result.length / 16_000 - seconds)).toBeLessThan(format === 'opus' ? 0.001 : 0.05);
        if (seconds < 1) continue;
        const reference = await decoded(handmadeWav(samples, inputSampleRate));
        // AAC begins with the silence of one frame, which its files cannot tell players to leave out.
        const outputRate = Math.max(44_100, inputSampleRate);
        const delay = format === 'aac' ? Math.round((1024 * 16_000) / outputRate) : 0;
        expect(signalToNoise(reference, result.subarray(delay))).toBeGreaterThan(format === 'opus' ? 12 : 18);
      }
    },
  );

  it('at a bit rate and a sample rate of choice', async () => {
    const samples = voice(24_000, 2);
    for (const [format, sampleRate, bitRate] of [
      ['mp3', 16_000, 32_000],
      ['mp3', 48_000, 160_000],
      ['opus', 48_000, 16_000],
      ['aac', 48_000, 64_000],
    ] as const) {
      const options = { format, inputSampleRate: 24_000, sampleRate, bitRate };
      const bytes = await bytesOf(encodeAudio([samples], options));
      expect(Math.abs((bytes.length * 8) / 2 / bitRate - 1)).toBeLessThan(0.5);
      expect(Math.abs((await decoded(bytes)).length - 32_000)).toBeLessThan(800);
    }
    const wav = await bytesOf(encodeAudio([samples], { format: 'wav', inputSampleRate: 24_000, sampleRate: 8000 }));
    expect(wav.length).toBe(44 + 2 * 16_000);
  });

  it('in the range of bit rates that a format states', async () => {
    const samples = voice(22_050, 0.5);
    for (const format of lossy) {
      const { bitRate, sampleRates } = audioFormatInfo(format);
      for (const rate of Object.values<number>(bitRate?.allowed ?? [])) {
        for (const sampleRate of Object.values<number>(sampleRates)) {
          const options = { format, inputSampleRate: 22_050, sampleRate, bitRate: rate };
          expect(Math.abs((await decoded(await bytesOf(encodeAudio([samples], options)))).length - 8000)).toBeLessThan(
            800,
          );
        }
      }
    }
  });

  it('and is of the same number of samples however few there are, at any rate', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 3000 }),
        fc.constantFrom(...rates),
        fc.constantFrom(...rates),
        async (count, inputSampleRate, sampleRate) => {
          const options = { format: 'wav', inputSampleRate, sampleRate, sampleCount: count } as const;
          const bytes = await bytesOf(encodeAudio([new Float32Array(count).fill(0.1)], options));
          const expected = Math.round((count * sampleRate) / inputSampleRate);
          expect(bytes.length).toBe(44 + 2 * expected);
          expect(new DataView(bytes.buffer).getUint32(40, true)).toBe(2 * expected);
        },
      ),
      { numRuns: 60, seed: 2 },
    );
  });
});

describe('while the audio goes on', () => {
  it.each(audioFormats)('%s gives bytes of early chunks before the last one is asked for', async (format) => {
    const samples = voice(22_050, 2);
    let asked = 0;
    async function* source() {
      for (let start = 0; start < samples.length; start += 2205) {
        asked++;
        yield samples.subarray(start, start + 2205);
      }
    }
    let bytes = 0;
    let askedAtFirstSound = 0;
    for await (const piece of encodeAudio(source(), { format, inputSampleRate: 22_050 })) {
      bytes += piece.length;
      if (bytes > 400 && askedAtFirstSound === 0) askedAtFirstSound = asked;
    }
    expect(asked).toBe(20);
    // 400 bytes are more than the head of any format.
    expect(askedAtFirstSound).toBeLessThanOrEqual(5);
  });

  it('asks for a chunk only when its reader wants more', async () => {
    let asked = 0;
    function* source() {
      for (;;) {
        asked++;
        yield new Float32Array(2400);
      }
    }
    const reader = encodeAudio(source(), { format: 'pcm', inputSampleRate: 24_000 })[Symbol.asyncIterator]();
    expect(asked).toBe(0);
    await reader.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked).toBe(1);
    await reader.return?.();
  });

  it('a wav has the sizes of an endless one', async () => {
    const bytes = await bytesOf(encodeAudio([new Float32Array(10)], { format: 'wav', inputSampleRate: 24_000 }));
    const view = new DataView(bytes.buffer);
    expect([view.getUint32(4, true), view.getUint32(40, true), bytes.length]).toEqual([0xffffffff, 0xffffffff, 64]);
  });

  it('several encodings do not disturb each other', async () => {
    const jobs = audioFormats.flatMap((format) => [16_000, 24_000].map((rate) => ({ format, inputSampleRate: rate })));
    const run = (options: (typeof jobs)[number]) =>
      bytesOf(encodeAudio(chunksOf(voice(options.inputSampleRate, 0.7), 701), options));
    const alone: string[] = [];
    for (const job of jobs) alone.push(digest(await run(job)));
    expect((await Promise.all(jobs.map(run))).map(digest)).toEqual(alone);
  });
});

describe('an encoding that ends early', () => {
  it.each(audioFormats)('%s: leaving the loop tells the source', async (format) => {
    let isClosed = false;
    async function* source() {
      try {
        for (;;) yield voice(24_000, 0.2);
      } finally {
        isClosed = true;
      }
    }
    for await (const _ of encodeAudio(source(), { format, inputSampleRate: 24_000 })) break;
    expect(isClosed).toBe(true);
  });

  it('is cancelled at once, though the source is stuck or its reader never comes back', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const stuck = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
    const waiting = bytesOf(encodeAudio(stuck, { format: 'mp3', inputSampleRate: 24_000, signal }));
    let isClosed = false;
    async function* source() {
      try {
        for (;;) yield new Float32Array(24_000);
      } finally {
        isClosed = true;
      }
    }
    const left = encodeAudio(source(), { format: 'wav', inputSampleRate: 24_000, signal })[Symbol.asyncIterator]();
    await left.next();
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toMatchObject({ code: 'Cancelled', cause: { message: 'enough' } });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(true);
    await expect(left.next()).rejects.toMatchObject({ code: 'Cancelled' });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(() => encodeAudio([], { format: 'wav', inputSampleRate: 24_000, signal })).toThrow('cancelled');
  });

  it('passes an error of the source on', async () => {
    function* source() {
      yield new Float32Array(24_000);
      throw new FerrumError('Model', 'the voice broke');
    }
    const work = bytesOf(encodeAudio(source(), { format: 'opus', inputSampleRate: 24_000 }));
    await expect(work).rejects.toMatchObject({ code: 'Model', message: 'the voice broke' });
  });
});

describe('bad input is an error that says what is wrong', () => {
  const at24 = { inputSampleRate: 24_000 } as const;

  it.each([
    [{ format: 'ogg' as AudioFormat, ...at24 }, 'The audio format "ogg" is unknown; there are wav, pcm'],
    [{ format: 'toString' as AudioFormat, ...at24 }, 'is unknown'],
    [{ format: 'wav', inputSampleRate: 0 }, 'inputSampleRate must be a whole number from 1000'],
    [{ format: 'wav', inputSampleRate: 22_050.5 }, 'inputSampleRate'],
    [{ format: 'opus', ...at24, sampleRate: 24_000 }, 'sampleRate of opus must be 48000 Hz; it is 24000'],
    [{ format: 'mp3', ...at24, sampleRate: 8000 }, 'sampleRate of mp3 must be one of 16000, 22050'],
    [{ format: 'mp3', ...at24, bitRate: 100_000 }, 'bitRate of mp3 must be one of 32000'],
    [{ format: 'opus', ...at24, bitRate: 1 }, 'bitRate of opus must be a whole number from 6000'],
    [{ format: 'wav', ...at24, bitRate: 64_000 }, 'bitRate is for mp3, opus and aac'],
    [{ format: 'flac', ...at24, sampleCount: 5 }, 'sampleCount is for wav'],
    [{ format: 'wav', ...at24, sampleCount: -1 }, 'sampleCount must be a whole number'],
    [{ format: 'wav', ...at24, sampleCount: 2 ** 31 }, 'at most 4 GiB'],
  ] as const)('%o', (options, message) => {
    expect(() => encodeAudio([], options)).toThrow(message);
    expect(() => encodeAudio([], options)).toThrow(expect.objectContaining({ name: 'FerrumError' }));
  });

  it('in chunks too', async () => {
    const options = { format: 'pcm', ...at24 } as const;
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const work = bytesOf(encodeAudio([new Float32Array(5), Float32Array.of(0, value)], options));
      await expect(work).rejects.toMatchObject({
        code: 'InvalidParameter',
        message: expect.stringContaining('Sample 6'),
      });
    }
    await expect(bytesOf(encodeAudio([[0, 0]] as never, options))).rejects.toThrow('Float32Array');
    expect(() => encodeAudio(new Float32Array(5) as never, options)).toThrow('[samples]');
    expect(() => encodeAudio(undefined as never, options)).toThrow('chunks');
    for (const count of [4, 6]) {
      const work = bytesOf(encodeAudio([new Float32Array(5)], { format: 'wav', ...at24, sampleCount: count }));
      await expect(work).rejects.toThrow(`sampleCount is ${count}`);
    }
  });

  it('no samples make an empty wav or pcm, and an error elsewhere', async () => {
    for (const chunks of [[], [new Float32Array(0)]]) {
      expect(await bytesOf(encodeAudio(chunks, { format: 'pcm', ...at24 }))).toHaveLength(0);
      expect(await bytesOf(encodeAudio(chunks, { format: 'wav', ...at24 }))).toHaveLength(44);
      for (const format of ['mp3', 'opus', 'flac', 'aac'] as const) {
        await expect(bytesOf(encodeAudio(chunks, { format, ...at24 }))).rejects.toMatchObject({
          code: 'InvalidParameter',
          message: expect.stringContaining(`${format} cannot hold none`),
        });
      }
    }
  });
});

it('memory does not grow with the length of the audio', async () => {
  const minute = voice(24_000, 1);
  function* minutes(count: number) {
    for (let second = 0; second < 60 * count; second++) yield minute;
  }
  const run = async (count: number): Promise<void> => {
    for (const format of ['mp3', 'opus'] as const) {
      for await (const _ of encodeAudio(minutes(count), { format, inputSampleRate: 24_000 }));
    }
  };
  await run(1);
  const before = process.memoryUsage().rss;
  await run(3);
  expect(process.memoryUsage().rss - before).toBeLessThan(60e6);
});

function handmadeWav(samples: Float32Array, sampleRate: number): Uint8Array {
  const bytes = Buffer.alloc(44 + samples.length * 2);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  [16, 0x1_0001, sampleRate, sampleRate * 2, 0x10_0002].forEach(
    (value, index) => void bytes.writeUInt32LE(value, 16 + 4 * index),
  );
  bytes.write('data', 36);
  bytes.writeUInt32LE(samples.length * 2, 40);
  samples.forEach((sample, index) => void bytes.writeInt16LE(Math.floor(sample * 32768 + 0.5), 44 + 2 * index));
  return bytes;
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
