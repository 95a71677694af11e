import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { audioFormatInfo, audioFormats } from '@ferrum/audio';
import { definePlugin, FerrumError } from '@ferrum/registry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { formatOfExtension, formatsWithBitRate, speechFormats } from '../speak/audio-formats.js';
import type { FakeSpeakerOptions } from '../testing/fake-speaker.js';
import { type CommandOptions, runCommand } from '../testing/run-command.js';
import { runSpeak } from '../testing/run-speak.js';
import { recordOutput } from '../testing/streams.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferrum-speak-'));
});
afterEach(() => rm(folder, { recursive: true }));

const speak = (words: readonly string[], options?: CommandOptions, behaviour?: FakeSpeakerOptions) =>
  runSpeak(folder, words, options, behaviour);

const terminal = () => ({ stdout: recordOutput(true) });

describe('formats', () => {
  it('are those of the library', () => {
    expect(speechFormats).toEqual(audioFormats);
    expect(formatsWithBitRate).toEqual(audioFormats.filter((format) => audioFormatInfo(format).bitRate !== undefined));
    for (const format of audioFormats) {
      expect(formatOfExtension.get(audioFormatInfo(format).extension)).toBe(format);
    }
  });
});

describe('the phonemizer', () => {
  const register = vi.fn();
  const phonemizer = definePlugin({ specificationVersion: '1', name: 'phonemes', version: '1.0.0', register });
  const loadPhonemizer = vi.fn(async () => phonemizer);

  it('that is installed is there for the engine, and is not looked for by other commands', async () => {
    const { code } = await speak(['a', '-o', 'a.wav'], { loadPhonemizer });
    expect({ code, registered: register.mock.calls.length }).toEqual({ code: 0, registered: 1 });
    await runCommand(['run', 'tiny', 'hi'], { loadPhonemizer });
    expect(loadPhonemizer).toHaveBeenCalledOnce();
  });

  it('that is broken is named, and the engine goes without', async () => {
    const broken = () =>
      Promise.reject(new FerrumError('Config', '@ferrum/plugin-espeak does not work. Install it anew.'));
    const { code, stderr } = await speak(['a', '-o', 'a.wav'], { loadPhonemizer: broken });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        'ferrum: plugin @ferrum/plugin-espeak was skipped: @ferrum/plugin-espeak does not work. Install it anew.\n',
    });
  });
});

describe('flags', () => {
  it('become options of the call and of the engine; what is not given is left to the engine', async () => {
    const flags =
      '--voice af_heart*0.6+am_adam*0.4 --language en-GB --speed 1.5 --seed 7 --noise-scale 0 --duration-noise-scale 0.5 ' +
      '--length-scale 1.1 --loudness -16 --sentence-pause 0 --emoji name --words --threads 2 -o a.wav';
    const { code, engine } = await speak(['a', ...flags.split(' ')]);
    expect(code).toBe(0);
    expect(engine.options).toEqual([{ threads: 2 }]);
    const { signal: _, ...given } = engine.calls[0]?.options ?? {};
    expect(given).toEqual({
      voice: 'af_heart*0.6+am_adam*0.4',
      language: 'en-GB',
      speed: 1.5,
      seed: 7,
      noiseScale: 0,
      durationNoiseScale: 0.5,
      lengthScale: 1.1,
      loudness: -16,
      sentencePause: 0,
      emoji: 'name',
      wordTimestamps: true,
    });
    const plain = (await speak(['a', '-o', 'a.wav'])).engine;
    expect(plain.options).toEqual([{}]);
    expect(Object.keys(plain.calls[0]?.options ?? {})).toEqual(['signal']);
  });

  it.each([
    ['--speed 0', /It must be a number, above 0\./],
    ['--length-scale 0', /It must be a number, above 0\./],
    ['--noise-scale -1', /It must be a number, at least 0\./],
    ['--duration-noise-scale x', /It must be a number, at least 0\./],
    ['--sentence-pause -1', /It must be a number, at least 0\./],
    ['--loudness -4', /at least -70 and at most -5/],
    ['--seed 1.5', /It must be a whole number, at least 0\./],
    ['--emoji smile', /Allowed choices are drop, name\./],
    ['--format ogg', /Allowed choices are wav, pcm, mp3, opus, flac, aac\./],
    ['--bit-rate 64kb', /such as 64000 or 64k/],
    ['--bit-rate 0', /such as 64000 or 64k/],
    ['--sample-rate 0', /It must be a whole number, at least 1\./],
    ['--voice ', /at least one character/],
    ['--bit-rate 64k -o a.wav', /--bit-rate is for mp3, opus and aac/],
    ['--sample-rate 12345 -o a.mp3', /--sample-rate of mp3 must be one of/],
    ['--words -o -', /--words writes to standard output, which "-o -" wants/],
    ['--json -o -', /--json writes to standard output/],
    ['-o a.txt', /a\.txt: the ending "\.txt" stands for no format/],
    ['-o a.m4a', /the ending "\.m4a" stands for no format/],
    ['-o sub', /sub is no file\. Name one/],
  ])('%s is refused before a model is opened', async (flags, message) => {
    await mkdir(join(folder, 'sub'));
    const { code, stderr, engine } = await speak(['a', ...flags.split(' ')]);
    expect({ code, options: engine.options }).toEqual({ code: 2, options: [] });
    expect(stderr).toMatch(message);
    expect(await readdir(folder)).toEqual(['sub']);
  });

  it('that want the audio on a terminal are refused', async () => {
    const { code, stderr } = await speak(['a', '-o', '-'], terminal());
    expect({ code, stderr: stderr.includes('which is a terminal. Name a file, or pipe it on.') }).toEqual({
      code: 2,
      stderr: true,
    });
  });

  it('that name a file in a folder that is not there fail before a model is opened', async () => {
    const { code, stderr, engine } = await speak(['a', '-o', 'none/a.wav']);
    expect({ code, options: engine.options }).toEqual({ code: 1, options: [] });
    expect(stderr).toBe('ferrum: none/a.wav cannot be written: its folder is not there.\n');
  });
});
