import { EventEmitter } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeAudio } from '@ferrum/audio';
import { FerrumError } from '@ferrum/registry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeSpeakerOptions, fakeChunk, fakeRate } from '../testing/fake-speaker.js';
import { jsonLines } from '../testing/json-lines.js';
import type { CommandOptions } from '../testing/run-command.js';
import { runSpeak } from '../testing/run-speak.js';
import { closingOutput, fullOutput, keyboard, pipedInput, recordOutput, silentInput } from '../testing/streams.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferrum-speak-'));
});
afterEach(() => rm(folder, { recursive: true }));

const speak = (words: readonly string[], options?: CommandOptions, behaviour?: FakeSpeakerOptions) =>
  runSpeak(folder, words, options, behaviour);

const terminal = () => ({ stdout: recordOutput(true) });

/** What the fake says of so many words, as 16-bit samples. */
function pcmOf(words: number): Buffer {
  const levels = Array.from({ length: words }, (_, index) => Math.round(((index + 1) / 16) * 32767));
  return Buffer.from(new Int16Array(levels.flatMap((level) => Array<number>(fakeChunk).fill(level))).buffer);
}

function expectPcm(bytes: Uint8Array, words: number): void {
  const expected = pcmOf(words);
  expect(bytes.length).toBe(expected.length);
  const view = new Int16Array(Uint8Array.from(bytes).buffer);
  const want = new Int16Array(Uint8Array.from(expected).buffer);
  // Whether full scale is 32767 or 32768 is the encoder's business.
  expect(view.every((value, index) => Math.abs(value - (want[index] ?? 0)) <= 1)).toBe(true);
}

describe('the text', () => {
  it('is what the arguments say', async () => {
    const { code, engine } = await speak(['Hello', 'big world.', '-o', 'a.wav']);
    expect({ code, open: engine.open }).toEqual({ code: 0, open: 0 });
    expect(engine.calls.map(({ text }) => text)).toEqual(['Hello big world.']);
  });

  it.each([[[]], [['-']]])('is what is piped in, with %j', async (words) => {
    const { code, engine } = await speak([...words, '-o', 'a.wav'], { stdin: pipedInput('One.\n\nTwo.') });
    expect(code).toBe(0);
    expect(engine.calls[0]?.text).toBe('One.\n\nTwo.');
  });

  it('is spoken while it is still being written', async () => {
    const stdin = silentInput();
    const stdout = recordOutput();
    const result = speak(['--format', 'pcm'], { stdin, stdout });
    stdin.write('One ');
    await vi.waitFor(() => expect(stdout.bytes.length).toBeGreaterThan(0), 10_000);
    stdin.end('two ');
    await result;
    expectPcm(stdout.bytes, 2);
  });

  it('leaves a pipe beside it alone', async () => {
    const { code, engine } = await speak(['Hi.', '-o', 'a.wav'], { stdin: silentInput() });
    expect({ code, text: engine.calls[0]?.text }).toEqual({ code: 0, text: 'Hi.' });
  });

  it('is missing on a terminal', async () => {
    const { code, stderr, engine } = await speak([], { stdin: keyboard() });
    expect({ code, options: engine.options }).toEqual({ code: 2, options: [] });
    expect(stderr).toBe('ferrum: There is no TEXT. Write it after "speak", or pipe it in.\n');
  });

  it('without anything to say is the error of the engine, and leaves no file', async () => {
    const { code, stderr } = await speak([''], terminal());
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'ferrum: The text has nothing to say.\n' });
    expect(await readdir(folder)).toEqual([]);
  });
});

/** What files of each format begin with. */
const signatures = { wav: /^RIFF/, mp3: /^\xff[\xe0-\xff]/, opus: /^OggS/, flac: /^fLaC/, aac: /^\xff[\xf0-\xff]/ };

describe('the audio', () => {
  it('goes to a pipe as it comes', async () => {
    const stdout = recordOutput();
    const sizes: number[] = [];
    await speak(['a b c', '--format', 'pcm'], { stdout }, { before: () => sizes.push(stdout.bytes.length) });
    expectPcm(stdout.bytes, 3);
    expect(sizes.at(-1)).toBeGreaterThan(0);
  });

  it.each([[[]], [['-o', '-']]])('is a wav there, with %j', async (flags) => {
    const stdout = recordOutput();
    await speak(['a b', ...flags], { stdout });
    expect(stdout.bytes.subarray(0, 4).toString()).toBe('RIFF');
    expectPcm(stdout.bytes.subarray(44), 2);
  });

  it('goes to a file on a terminal, which no other file gives its name to', async () => {
    const first = await speak(['a'], terminal());
    expect(first).toMatchObject({ code: 0, stdout: '' });
    expect(first.stderr).toBe('The speech is in speech.wav; -o FILE gives it another name.\n');
    const second = await speak(['a b', '--format', 'pcm'], terminal());
    const third = await speak(['a b'], terminal());
    expect(second.stderr).toContain('speech.pcm');
    expect(third.stderr).toContain('speech-2.wav');
    expect((await readdir(folder)).sort()).toEqual(['speech-2.wav', 'speech.pcm', 'speech.wav']);
    expectPcm((await readFile(join(folder, 'speech.wav'))).subarray(44), 1);
    expectPcm((await readFile(join(folder, 'speech-2.wav'))).subarray(44), 2);
  });

  it('of two commands at the same time has two names', async () => {
    await Promise.all([speak(['a'], terminal()), speak(['b'], terminal())]);
    expect((await readdir(folder)).sort()).toEqual(['speech-2.wav', 'speech.wav']);
  });

  it('takes the place of the file that -o names', async () => {
    await writeFile(join(folder, 'a.wav'), 'before');
    await speak(['a', '-o', 'a.wav']);
    expectPcm((await readFile(join(folder, 'a.wav'))).subarray(44), 1);
  });

  it.each([
    ['a.mp3', [], 'mp3'],
    ['a.OGG', [], 'opus'],
    ['a.flac', [], 'flac'],
    ['a.aac', [], 'aac'],
    ['a', [], 'wav'],
    ['a.dat', ['--format', 'opus', '--bit-rate', '24k'], 'opus'],
    ['a.wav', ['--sample-rate', '16000'], 'wav'],
  ] as const)('is what the ending or --format says: %s %j', async (name, flags, format) => {
    const { code, stdout, stderr } = await speak(['a b c d', '-o', name, ...flags, '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const finish = jsonLines(stdout).at(-1);
    expect(finish).toMatchObject({ format, output: join(folder, name) });
    const head = (await readFile(join(folder, name))).subarray(0, 4).toString('latin1');
    expect(head).toMatch(signatures[format]);
    let seconds = 0;
    for await (const { samples } of decodeAudio(join(folder, name))) seconds += samples.length / 16_000;
    expect(seconds).toBeGreaterThan(0.95);
    expect(seconds).toBeLessThan(1.1);
  });

  it('has the rate that is asked for', async () => {
    const { stdout } = await speak(['a b', '-o', 'a.wav', '--sample-rate', '16000', '--json']);
    expect((await readFile(join(folder, 'a.wav'))).readUInt32LE(24)).toBe(16_000);
    expect(jsonLines(stdout).at(-1)).toMatchObject({ sampleRate: 16_000, audioSeconds: 0.5 });
  });

  it('of a run that fails leaves what was there, and nothing else', async () => {
    await writeFile(join(folder, 'a.wav'), 'before');
    const before = (_: string, index: number) => {
      if (index === 1) throw new FerrumError('Backend', 'It broke.');
    };
    const named = await speak(['a b c', '-o', 'a.wav'], {}, { before });
    expect(named).toMatchObject({ code: 1, stderr: 'ferrum: It broke.\n' });
    const unnamed = await speak(['a b c'], terminal(), { before });
    expect(unnamed.code).toBe(1);
    expect(await readdir(folder)).toEqual(['a.wav']);
    expect(await readFile(join(folder, 'a.wav'), 'utf8')).toBe('before');
  });

  it('ends with Ctrl-C, and leaves no file', async () => {
    const signals = new EventEmitter();
    const before = (_: string, index: number) => {
      if (index === 1) signals.emit('SIGINT');
    };
    const { code, engine } = await speak(['a b c'], { ...terminal(), signals }, { before });
    expect({ code, open: engine.open, files: await readdir(folder) }).toEqual({ code: 130, open: 0, files: [] });
  });

  it('ends when nobody reads it, or the disk is full', async () => {
    const closed = await speak(['a b c'], { stdout: closingOutput(0) });
    expect({ code: closed.code, stderr: closed.stderr, open: closed.engine.open }).toEqual({
      code: 0,
      stderr: '',
      open: 0,
    });
    const full = await speak(['a b c'], { stdout: fullOutput() });
    expect({ code: full.code, stderr: full.stderr, open: full.engine.open }).toEqual({
      code: 1,
      stderr: 'ferrum: Standard output cannot be written: the disk is full.\n',
      open: 0,
    });
  });
});

describe('what is said of it', () => {
  it('is a line for each chunk and one at the end, with --json', async () => {
    const { code, stdout, stderr } = await speak(['a b', '-o', 'a.wav', '--json', '--words']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const words = ['a', 'b'].map((word, index) => ({ word, start: index / 4, end: index / 4 + 0.2 }));
    expect(jsonLines(stdout)).toEqual([
      { type: 'chunk', seconds: 0.25, samples: 2000, words: [words[0]] },
      { type: 'chunk', seconds: 0.25, samples: 2000, words: [words[1]] },
      {
        type: 'finish',
        audioSeconds: 0.5,
        synthesisSeconds: expect.any(Number),
        realTimeFactor: expect.any(Number),
        firstAudioMs: expect.any(Number),
        sampleRate: fakeRate,
        format: 'wav',
        output: join(folder, 'a.wav'),
        words,
        warnings: [],
      },
    ]);
  });

  it('goes to a file of its own with --json alone: standard output is taken', async () => {
    const { stdout } = await speak(['a', '--json']);
    expect(jsonLines(stdout).at(-1)).toMatchObject({ output: join(folder, 'speech.wav'), warnings: [] });
    expect(jsonLines(stdout).at(-1)).not.toHaveProperty('words');
  });

  it('is when each word is said, with --words', async () => {
    const { stdout } = await speak(['a b', '--words', '-o', 'a.wav']);
    expect(stdout).toBe('0.000\t0.200\ta\n0.250\t0.450\tb\n');
  });

  it('is each warning, once', async () => {
    const { code, stdout, stderr } = await speak(
      ['a b c', '-o', 'a.wav', '--json'],
      {},
      { warnings: ['ʘ is unknown.'] },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'ferrum: ʘ is unknown.\n' });
    expect(jsonLines(stdout).at(-1)).toMatchObject({ warnings: ['ʘ is unknown.'] });
  });

  it('is how fast that was, with --verbose', async () => {
    const { stderr } = await speak(['a b', '-o', 'a.wav', '--verbose']);
    expect(stderr).toMatch(
      /^speaking with fake\n\[a\.wav: 0\.5 s of speech in \d+\.\d\d s, [\d.]+× real time, first audio after \d+\.\d\d s\]\n$/,
    );
  });

  it('is how to install what turns text into phonemes', async () => {
    const before = () => {
      throw new FerrumError('Unsupported', 'No engine turns text into phonemes.', {
        details: { install: 'npm install @ferrum/plugin-espeak' },
      });
    };
    const { code, stdout, stderr } = await speak(['a', '--json'], {}, { before });
    const message =
      "Speaking a text needs a phonemizer, and none is installed. Install espeak-ng's (GPL-3.0-or-later): npm install @ferrum/plugin-espeak";
    expect({ code, stderr }).toEqual({ code: 1, stderr: `ferrum: ${message}\n` });
    expect(jsonLines(stdout)).toEqual([{ type: 'error', code: 'Unsupported', message }]);
  });

  it('names flags, not options of the library', async () => {
    const before = () => {
      throw new FerrumError(
        'InvalidParameter',
        'voice: there is no jo. Did you mean joe? noiseScale is no part of it.',
        {
          details: { parameter: 'voice' },
        },
      );
    };
    const { code, stderr } = await speak(['a', '-o', 'a.wav'], {}, { before });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'ferrum: --voice: there is no jo. Did you mean joe? --noise-scale is no part of it.\n',
    });
  });
});
