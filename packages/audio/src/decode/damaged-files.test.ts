import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { decodeAudio, loadWaveform } from '@ferrum/audio';
import { FerrumError } from '@ferrum/registry/errors';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { expectedSamples, fixtureBytes, fixtureNames, fixturePath } from './testing/fixtures.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferrum-audio-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function failure(audio: Parameters<typeof loadWaveform>[0], options?: Parameters<typeof loadWaveform>[1]) {
  return loadWaveform(audio, options).then(
    () => expect.fail('it was loaded'),
    (error: unknown) => error,
  );
}

describe('loadWaveform refuses', () => {
  it('a missing file, a folder and an empty path', async () => {
    expect(await failure(join(folder, 'none.wav'))).toMatchObject({ code: 'NotFound' });
    expect(await failure(folder)).toMatchObject({ code: 'InvalidFormat', message: expect.stringContaining('folder') });
    expect(await failure('')).toMatchObject({ code: 'InvalidParameter' });
  });

  it('what is no audio, whatever its name', async () => {
    const path = join(folder, 'text.mp3');
    writeFileSync(path, 'Not a sound. '.repeat(1000));
    expect(await failure(path)).toMatchObject({ code: 'InvalidFormat', message: expect.stringContaining(path) });
    expect(await failure(new Uint8Array(0))).toMatchObject({ code: 'InvalidFormat' });
    expect(await failure(Uint8Array.from([0x89, 0x50, 0x4e, 0x47]))).toMatchObject({ code: 'InvalidFormat' });
  });

  it('a WAV file without a sample', async () => {
    expect(await failure(fixtureBytes('pcm_s16le-16k.wav').slice(0, 44))).toMatchObject({ code: 'InvalidFormat' });
  });

  it('more bytes or seconds than allowed', async () => {
    expect(await failure(fixturePath('stereo.mp3'), { maxBytes: 1000 })).toMatchObject({
      code: 'InvalidParameter',
      message: expect.stringContaining('maxBytes'),
    });
    expect(await failure(fixturePath('stereo.mp3'), { maxDurationSeconds: 0.1 })).toMatchObject({
      code: 'InvalidParameter',
      message: expect.stringContaining('maxDurationSeconds'),
    });
    expect(await failure(fixturePath('stereo.mp3'), { maxBytes: Number.NaN })).toMatchObject({
      code: 'InvalidParameter',
    });
  });

  it('samples that are no numbers, and says where', async () => {
    const bytes = fixtureBytes('pcm_f32le-16k.wav');
    new DataView(bytes.buffer).setFloat32(bytes.length - 400, Number.NaN, true);
    expect(await failure(bytes)).toMatchObject({ code: 'InvalidFormat', details: { position: 6300 } });
    const samples = new Float32Array(1000);
    samples[321] = Number.POSITIVE_INFINITY;
    expect(await failure({ samples, sampleRate: 16000 })).toMatchObject({
      code: 'InvalidParameter',
      details: { position: 321 },
    });
  });

  it.each([0, 999, 768_001, Number.NaN])('a sample rate of %d Hz', async (sampleRate) => {
    expect(await failure({ samples: new Float32Array(10), sampleRate })).toMatchObject({
      code: 'Unsupported',
      message: expect.stringContaining('768000'),
    });
  });
});

describe('loadWaveform reads what is there', () => {
  it('of a WAV file cut short, and of one whose header was never finished', async () => {
    const whole = fixtureBytes('pcm_s16le-16k.wav');
    const start = 78;
    for (const size of [0, 0xffffffff]) {
      const open = whole.slice();
      new DataView(open.buffer).setUint32(start - 4, size, true);
      expect((await loadWaveform(open)).length).toBe(6400);
    }
    expect((await loadWaveform(whole.slice(0, start + 2001))).length).toBe(1000);
  });

  it.each(['stereo.mp3', 'stereo.flac', 'opus.ogg', 'aac.m4a'])('of %s with its end damaged', async (name) => {
    const bytes = fixtureBytes(name);
    bytes.fill(0x55, Math.floor(bytes.length * 0.7), Math.floor(bytes.length * 0.8));
    const wave = await loadWaveform(bytes);
    expect(wave.length).toBeGreaterThan(expectedSamples(name).length / 3);
  });
});

describe('cancelling', () => {
  it('ends a decoding, and the next one works', async () => {
    const controller = new AbortController();
    const decoding = decodeAudio(silence(600), { signal: controller.signal });
    await decoding.next();
    controller.abort();
    await expect(decoding.next()).rejects.toMatchObject({ code: 'Cancelled' });
    expect((await loadWaveform(fixturePath('stereo.mp3'))).length).toBe(6400);
  });

  it('ends a decoding whose reader has left', async () => {
    for await (const { samples, start } of decodeAudio(silence(600))) {
      expect([samples.length, start]).toEqual([16384, 0]);
      break;
    }
    expect((await loadWaveform(fixturePath('stereo.mp3'))).length).toBe(6400);
  });

  it('before it starts', async () => {
    expect(await failure(silence(1), { signal: AbortSignal.abort() })).toMatchObject({ code: 'Cancelled' });
  });
});

it('outlives the death of its thread', async () => {
  const posting = vi.spyOn(Worker.prototype, 'postMessage');
  const decoding = decodeAudio(silence(600));
  await decoding.next();
  const thread = posting.mock.contexts[0] as Worker | undefined;
  posting.mockRestore();
  await thread?.terminate();
  const rest = (async () => {
    for await (const _ of decoding);
  })();
  await expect(rest).rejects.toMatchObject({ code: 'Internal', message: expect.stringContaining('ended early') });
  expect((await loadWaveform(fixturePath('stereo.mp3'))).length).toBe(6400);
});

it('lets the process end, with a decoder kept warm', () => {
  const program = `import { loadWaveform, warmDecoder } from '@ferrum/audio';
    await warmDecoder();
    console.log((await loadWaveform(process.argv[1])).length);`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program, fixturePath('stereo.mp3')], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    encoding: 'utf8',
  });
  expect(output.trim()).toBe('6400');
});

it('decodes many files at once', async () => {
  const waves = await Promise.all(Array.from({ length: 12 }, () => loadWaveform(fixturePath('stereo.flac'))));
  expect(waves.map((wave) => wave.length)).toEqual(new Array(12).fill(6400));
});

describe('a damaged file gives samples or a FerrumError', () => {
  it.each(fixtureNames)('%s', async (name) => {
    const random = generator(name.length * 7919 + fixtureBytes(name).length);
    for (let round = 0; round < 12; round++) {
      const bytes = damage(fixtureBytes(name), random);
      try {
        const wave = await loadWaveform(bytes, { maxDurationSeconds: 600 });
        expect(wave.read(0, wave.length).every(Number.isFinite)).toBe(true);
      } catch (error) {
        expect(FerrumError.isInstance(error), String(error)).toBe(true);
      }
    }
  });
});

/** A WAV file of 44.1 kHz, mono. */
function silence(seconds: number): Uint8Array {
  const bytes = new Uint8Array(44 + seconds * 88200);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode('RIFF    WAVEfmt '));
  view.setUint32(16, 16, true);
  view.setUint32(20, 0x10001, true);
  view.setUint32(24, 44100, true);
  view.setUint32(28, 88200, true);
  view.setUint32(32, 0x100002, true);
  bytes.set(new TextEncoder().encode('data'), 36);
  view.setUint32(40, bytes.length - 44, true);
  return bytes;
}

function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Flips bits, cuts, repeats a part, or writes huge sizes, mostly near the beginning where headers are. */
function damage(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const place = (): number => random(random(2) === 0 ? Math.min(bytes.length, 400) : bytes.length);
  switch (random(4)) {
    case 0:
      return bytes.slice(0, place());
    case 1: {
      const [from, to] = [place(), place()];
      return Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(to)]);
    }
    case 2: {
      const at = place();
      bytes.fill(random(2) === 0 ? 0xff : 0, at, at + 1 + random(8));
      return bytes;
    }
    default: {
      for (let count = 1 + random(20); count > 0; count--) {
        const at = place();
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
      }
      return bytes;
    }
  }
}
