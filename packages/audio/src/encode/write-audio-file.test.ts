import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { audioFormats, encodeAudio, writeAudioFile } from '@ferrum/audio';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireWavSize } from './encoders/wav-header.js';
import { bytesOf, chunksOf, decoded, voice } from './testing/signals.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferrum-encode-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('writeAudioFile', () => {
  it.each(audioFormats)('%s: the same bytes as encodeAudio, but for the first ones', async (format) => {
    const samples = voice(22_050, 0.9);
    const path = join(folder, `speech.${format}`);
    const options = { format, inputSampleRate: 22_050 } as const;
    const written = await writeAudioFile(path, chunksOf(samples, 1000), options);
    const file = readFileSync(path);
    const streamed = await bytesOf(encodeAudio([samples], options));
    expect(file.length).toBe(streamed.length);
    expect(file.subarray(250)).toEqual(Buffer.from(streamed.subarray(250)));
    expect(written.bytes).toBe(file.length);
    expect(written.seconds).toBeCloseTo(0.9, 3);
    expect(readdirSync(folder)).toEqual([`speech.${format}`]);
    // mp3 and flac say in a file how long they are.
    if (format === 'pcm' || format === 'aac') return;
    const length = (await decoded(path)).length;
    expect(Math.abs(length - 14_400)).toBeLessThanOrEqual(1);
  });

  it('a wav has its true sizes, also when it is empty', async () => {
    const path = join(folder, 'a.wav');
    const options = { format: 'wav', inputSampleRate: 24_000 } as const;
    expect(await writeAudioFile(path, [new Float32Array(3)], options)).toEqual({
      samples: 3,
      bytes: 50,
      seconds: 3 / 24_000,
    });
    const file = readFileSync(path);
    expect([file.readUInt32LE(4), file.readUInt32LE(40)]).toEqual([42, 6]);
    expect(await writeAudioFile(path, [], options)).toEqual({ samples: 0, bytes: 44, seconds: 0 });
  });

  it('replaces an older file, and the one that a link leads to', async () => {
    const path = join(folder, 'old.wav');
    writeFileSync(path, 'old');
    symlinkSync(path, join(folder, 'link.wav'));
    await writeAudioFile(join(folder, 'link.wav'), [new Float32Array(3)], { format: 'wav', inputSampleRate: 24_000 });
    expect(readFileSync(path)).toHaveLength(50);
    expect(readdirSync(folder).sort()).toEqual(['link.wav', 'old.wav']);
  });

  it('leaves nothing behind when it fails or is cancelled, and an older file as it was', async () => {
    const path = join(folder, 'old.mp3');
    writeFileSync(path, 'old');
    const options = { format: 'mp3', inputSampleRate: 24_000 } as const;
    await expect(writeAudioFile(path, [voice(24_000, 1), Float32Array.of(Number.NaN)], options)).rejects.toMatchObject({
      code: 'InvalidParameter',
    });
    const controller = new AbortController();
    function* source() {
      yield voice(24_000, 1);
      controller.abort();
      yield voice(24_000, 1);
    }
    const work = writeAudioFile(path, source(), { ...options, signal: controller.signal });
    await expect(work).rejects.toMatchObject({ code: 'Cancelled' });
    await expect(writeAudioFile(path, [], options)).rejects.toMatchObject({ code: 'InvalidParameter' });
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['old.mp3']);
  });

  it('says where a file cannot be', async () => {
    const options = { format: 'wav', inputSampleRate: 24_000 } as const;
    mkdirSync(join(folder, 'sub'));
    const missing = join(folder, 'none', 'a.wav');
    await expect(writeAudioFile(missing, [], options)).rejects.toMatchObject({
      code: 'NotFound',
      message: expect.stringContaining(`there is no folder ${join(folder, 'none')}`),
    });
    for (const path of [join(folder, 'sub'), '/dev/null', '', undefined as never]) {
      await expect(writeAudioFile(path, [], options)).rejects.toMatchObject({ code: 'InvalidParameter' });
    }
  });

  it('refuses more than a wav can hold', () => {
    expect(() => requireWavSize(2 ** 31 - 19)).not.toThrow();
    expect(() => requireWavSize(2 ** 31 - 18)).toThrow('at most 4 GiB');
  });
});

const checker = fileURLToPath(new URL('./testing/read-with-others.py', import.meta.url));

it('other programs read every format, streamed and written, and hear the same', async () => {
  try {
    execFileSync('python3', ['-c', 'import av, soundfile, numpy'], { stdio: 'ignore' });
  } catch {
    return console.warn('Skipped: python3 with av, soundfile and numpy is not there (pip install av soundfile numpy).');
  }
  const samples = voice(22_050, 1.5);
  await writeAudioFile(join(folder, 'original.wav'), [samples], { format: 'wav', inputSampleRate: 22_050 });
  for (const format of audioFormats) {
    const options = { format, inputSampleRate: 22_050 } as const;
    await writeAudioFile(join(folder, `file.${format}`), chunksOf(samples, 2000), options);
    writeFileSync(join(folder, `stream.${format}`), await bytesOf(encodeAudio(chunksOf(samples, 2000), options)));
  }
  const report: Readonly<Record<string, { readonly extraSeconds: number; readonly signalToNoise: number }>> =
    JSON.parse(execFileSync('python3', [checker, folder], { encoding: 'utf8' }));
  for (const kind of ['file', 'stream']) {
    for (const reader of ['wave', 'ffmpeg', 'soundfile']) {
      expect(report[`${reader} ${kind}.wav`] ?? { extraSeconds: 0 }).toMatchObject({ extraSeconds: 0 });
    }
    for (const format of ['wav', 'flac']) {
      expect(report[`ffmpeg ${kind}.${format}`]).toEqual({ extraSeconds: 0, signalToNoise: 200 });
    }
    for (const format of ['mp3', 'opus', 'aac']) {
      const found = report[`ffmpeg ${kind}.${format}`];
      expect(Math.abs(found?.extraSeconds ?? 1), format).toBeLessThan(0.05);
      expect(found?.signalToNoise, format).toBeGreaterThan(12);
    }
  }
  for (const name of ['file.mp3', 'file.flac', 'file.opus', 'stream.opus']) {
    expect(Math.abs(report[`soundfile ${name}`]?.extraSeconds ?? 1), name).toBeLessThan(0.0001);
  }
});
