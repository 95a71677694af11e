import { EventEmitter } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FerrumError } from '@ferrum/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeTranscriberOptions, fakeTranscriber } from '../testing/fake-transcriber.js';
import { jsonLines } from '../testing/json-lines.js';
import { type CommandOptions, runCommand } from '../testing/run-command.js';
import { closingOutput, fullOutput, pipedInput, recordOutput } from '../testing/streams.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferrum-transcribe-'));
  for (const name of ['a.wav', 'b.mp3', 'c.ogg']) await writeFile(join(folder, name), name);
});
afterAll(() => rm(folder, { recursive: true }));

const transcribe = async (
  words: readonly string[],
  options: CommandOptions = {},
  behaviour: FakeTranscriberOptions = {},
) => {
  const engine = fakeTranscriber(behaviour);
  const environment = { plugins: [engine.plugin], workingDirectory: () => folder, ...options };
  const result = await runCommand(['transcribe', ...words, '--model', 'tiny'], environment);
  return { ...result, engine };
};

const pathOf = (name: string) => join(folder, name);

describe('an audio file', () => {
  it('becomes a line of text for each segment, as soon as there is one', async () => {
    const stdout = recordOutput();
    const written: string[] = [];
    const { code, stderr, engine } = await transcribe(
      ['a.wav'],
      { stdout },
      { before: () => written.push(stdout.text) },
    );
    expect({ code, stderr, open: engine.open }).toEqual({ code: 0, stderr: '', open: 0 });
    expect(written).toEqual(['', 'Hello.\n']);
    expect(stdout.text).toBe('Hello.\nBye.\n');
    expect(engine.calls.map(({ audio }) => audio)).toEqual([pathOf('a.wav')]);
  });

  it('may come through standard input', async () => {
    const { stdout, engine } = await transcribe(['-'], { stdin: pipedInput('RIFF') });
    expect(stdout).toBe('Hello.\nBye.\n');
    expect(engine.calls[0]?.audio).toEqual(new Uint8Array(Buffer.from('RIFF')));
  });

  it.each([
    { kind: 'srt', text: '1\n00:00:00,000 --> 00:00:02,000\nHello.\n\n2\n00:00:02,000 --> 00:00:04,000\nBye.\n\n' },
    { kind: 'vtt', text: 'WEBVTT\n\n00:00.000 --> 00:02.000\nHello.\n\n00:02.000 --> 00:04.000\nBye.\n\n' },
    { kind: 'tsv', text: 'start\tend\ttext\n0\t2000\tHello.\n2000\t4000\tBye.\n' },
    { kind: 'json', text: '{"text":"Hello. Bye."}\n' },
  ])('becomes $kind', async ({ kind, text }) => {
    expect((await transcribe(['a.wav', '--format', kind])).stdout).toBe(text);
  });

  it('becomes the object of OpenAI', async () => {
    const [object] = jsonLines((await transcribe(['a.wav', '--format', 'verbose_json', '--word-timestamps'])).stdout);
    expect(object).toMatchObject({ language: 'english', duration: 4, text: 'Hello. Bye.' });
    expect(object.segments[1]).toMatchObject({ id: 1, start: 2, no_speech_prob: 0.125 });
    expect(object.words).toHaveLength(2);
  });

  it('cannot command a terminal through its text', async () => {
    const texts = () => [' \u001b[2JHello.'];
    const { stdout } = await transcribe(['a.wav'], { stdout: recordOutput(true) }, { texts });
    expect(stdout).toBe('[2JHello.\n');
  });

  it('says with --verbose how fast that was', async () => {
    const { stderr } = await transcribe(['a.wav', '--verbose', '--format', 'json']);
    expect(stderr).toMatch(
      /^transcribing a\.wav\n\[a\.wav: 4\.0 s of audio in \d+\.\d\d s, [\d.]+× real time, en\]\n$/,
    );
  });
});

describe('several files', () => {
  it('are transcribed by one engine, each text under its name', async () => {
    const { stdout, engine } = await transcribe(['a.wav', 'b.mp3']);
    expect(stdout).toBe('==> a.wav <==\nHello.\nBye.\n\n==> b.mp3 <==\nHello.\nBye.\n');
    expect(engine.options).toHaveLength(1);
  });

  it('do not suffer from one that fails; the exit code is that of the first', async () => {
    const before = (audio: unknown) => {
      if (audio === pathOf('b.mp3')) throw new FerrumError('InvalidFormat', `${pathOf('b.mp3')}: it is damaged.`);
      if (audio === pathOf('c.ogg')) throw new FerrumError('InvalidParameter', 'It is too long (maxDurationSeconds).');
    };
    const { code, stdout, stderr, engine } = await transcribe(['b.mp3', 'c.ogg', 'a.wav'], {}, { before });
    expect({ code, open: engine.open }).toEqual({ code: 1, open: 0 });
    expect(stdout).toContain('==> a.wav <==\nHello.\nBye.\n');
    expect(stderr).toBe('ferrum: b.mp3: it is damaged.\nferrum: c.ogg: It is too long (--max-audio-seconds).\n');
  });

  it('that are not there are told of before a model is opened', async () => {
    const { code, stderr, engine } = await transcribe(['none.wav', '.', 'a.wav']);
    expect(code).toBe(2);
    expect(stderr).toBe(
      'ferrum: none.wav: there is no such file. Name audio files.\nferrum: .: that is a folder. Name audio files.\n',
    );
    expect(engine.calls).toHaveLength(1);
    const nothing = await transcribe(['none.wav']);
    expect({ code: nothing.code, options: nothing.engine.options }).toEqual({ code: 2, options: [] });
  });

  it('all end at what is wrong with a flag', async () => {
    const before = () => {
      throw new FerrumError('InvalidParameter', 'beamSize: 9 is more than the 8 sequences of this engine.', {
        details: { parameter: 'beamSize' },
      });
    };
    const { code, stderr, engine } = await transcribe(['a.wav', 'b.mp3'], {}, { before });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'ferrum: --beam-size: 9 is more than the 8 sequences of this engine.\n',
    });
    expect(engine.calls).toHaveLength(1);
  });

  it('all end when nobody reads, or the disk is full', async () => {
    const closed = await transcribe(['a.wav', 'b.mp3'], { stdout: closingOutput(1) });
    expect({ code: closed.code, stderr: closed.stderr, calls: closed.engine.calls.length }).toEqual({
      code: 0,
      stderr: '',
      calls: 1,
    });
    const full = await transcribe(['a.wav', 'b.mp3'], { stdout: fullOutput() });
    expect({ code: full.code, calls: full.engine.calls.length }).toEqual({ code: 1, calls: 1 });
    expect(full.stderr).toBe('ferrum: Standard output cannot be written: the disk is full.\n');
  });

  it('all end at Ctrl-C with 130, and the engine is closed', async () => {
    const signals = new EventEmitter();
    const { code, stderr, engine } = await transcribe(
      ['a.wav', 'b.mp3'],
      { signals },
      {
        before: () => void signals.emit('SIGINT'),
      },
    );
    expect({ code, stderr, open: engine.open, calls: engine.calls.length }).toEqual({
      code: 130,
      stderr: 'ferrum: interrupted\n',
      open: 0,
      calls: 1,
    });
  });
});

describe('--output-dir', () => {
  it('gets a file for each format, made with its folder', async () => {
    const { code, stdout } = await transcribe([
      'a.wav',
      '--output-dir',
      'new/out',
      '--format',
      'text,srt',
      '--format',
      'json',
    ]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect((await readdir(pathOf('new/out'))).sort()).toEqual(['a.json', 'a.srt', 'a.txt']);
    expect(await readFile(pathOf('new/out/a.txt'), 'utf8')).toBe('Hello.\nBye.\n');
  });

  it('"all" has every format, that of words beside --word-timestamps', async () => {
    const ends = ['.json', '.srt', '.tsv', '.txt', '.verbose.json', '.vtt'];
    await transcribe(['a.wav', '--output-dir', 'all', '--format', 'all']);
    expect((await readdir(pathOf('all'))).sort()).toEqual(ends.map((end) => `a${end}`));
    await transcribe(['a.wav', '--output-dir', 'words', '--format', 'all', '--word-timestamps']);
    expect((await readdir(pathOf('words'))).sort()).toEqual([...ends, '.words.vtt'].map((end) => `a${end}`));
  });

  it('lays out the words of subtitles and nothing else', async () => {
    const texts = () => [' one two three four'];
    const flags = ['--output-dir', 'laid', '--format', 'srt,text', '--max-line-width', '10', '--max-line-count', '1'];
    const { code, engine } = await transcribe(['a.wav', ...flags], {}, { texts });
    expect(code).toBe(0);
    expect(engine.calls[0]?.options.wordTimestamps).toBe(true);
    expect(await readFile(pathOf('laid/a.txt'), 'utf8')).toBe('one two three four\n');
    expect(await readFile(pathOf('laid/a.srt'), 'utf8')).toContain('\none two\n\n2\n');
  });

  it('of a failing file gets nothing, and what was there stays', async () => {
    await transcribe(['a.wav', '--output-dir', 'kept']);
    const before = () => {
      throw new FerrumError('Backend', 'It broke.');
    };
    const { code, stderr } = await transcribe(
      ['a.wav', '--output-dir', 'kept'],
      {},
      { before, texts: () => [' New.'] },
    );
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'ferrum: a.wav: It broke.\n' });
    expect(await readFile(pathOf('kept/a.txt'), 'utf8')).toBe('Hello.\nBye.\n');
    expect(await readdir(pathOf('kept'))).toEqual(['a.txt']);
  });

  it('that is a file is refused', async () => {
    const { code, stderr } = await transcribe(['a.wav', '--output-dir', 'b.mp3']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'ferrum: --output-dir b.mp3 is no folder. Name one, or a new one.\n',
    });
  });
});

describe('--json', () => {
  it('prints segments and then what is known of each file', async () => {
    const { stdout } = await transcribe(['a.wav', '-', '--json', '--word-timestamps'], { stdin: pipedInput('x') });
    const lines = jsonLines(stdout);
    expect(lines.map(({ type, file, id }) => [type, file, id])).toEqual([
      ['segment', 'a.wav', 0],
      ['segment', 'a.wav', 1],
      ['finish', 'a.wav', undefined],
      ['segment', '-', 0],
      ['segment', '-', 1],
      ['finish', '-', undefined],
    ]);
    expect(lines[0]).toMatchObject({
      text: ' Hello.',
      noSpeechProb: 0.125,
      words: [{ word: ' Hello.', start: 0, end: 2 }],
    });
    expect(lines[2]).toEqual({
      type: 'finish',
      file: 'a.wav',
      text: 'Hello. Bye.',
      task: 'transcribe',
      language: 'en',
      languageProbability: 0.9,
      duration: 4,
      model: 'fake',
      timing: { totalMs: expect.any(Number), realTimeFactor: expect.any(Number) },
    });
    expect(lines[2].timing.realTimeFactor).toBeCloseTo(lines[2].timing.totalMs / 4000, 12);
  });

  it('names what --output-dir got, and the file that failed', async () => {
    const { stdout } = await transcribe(['none.wav', 'a.wav', '--json', '--output-dir', 'named', '--format', 'srt']);
    const [error, ...rest] = jsonLines(stdout);
    expect(error).toEqual({
      type: 'error',
      file: 'none.wav',
      code: 'InvalidParameter',
      message: 'none.wav: there is no such file. Name audio files.',
    });
    expect(rest.at(-1)).toMatchObject({ type: 'finish', outputs: [pathOf('named/a.srt')] });
  });
});
