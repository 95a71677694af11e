import { EventEmitter } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { FerrumError } from '@ferrum/registry';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { npyHeader } from '../embed/npy.js';
import { type FakeEmbedderOptions, fakeEmbedder } from '../testing/fake-embedder.js';
import { jsonLines } from '../testing/json-lines.js';
import { type CommandOptions, runCommand } from '../testing/run-command.js';
import { closingOutput, fullOutput, keyboard, pipedInput, recordOutput, silentInput } from '../testing/streams.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferrum-embed-'));
});
afterAll(() => rm(folder, { recursive: true }));

const embed = async (words: readonly string[], options: CommandOptions = {}, behaviour: FakeEmbedderOptions = {}) => {
  const engine = fakeEmbedder(behaviour);
  const environment = { plugins: [engine.plugin], workingDirectory: () => folder, ...options };
  const result = await runCommand(['embed', 'tiny', ...words], environment);
  return { ...result, engine };
};

describe('the texts', () => {
  it('are the arguments, each of them one', async () => {
    const { code, engine } = await embed(['two words', 'one', '']);
    expect({ code, open: engine.open }).toEqual({ code: 0, open: 0 });
    expect(engine.calls.map(({ texts }) => texts)).toEqual([['two words', 'one', '']]);
  });

  it.each([[[]], [['-']]])('are the lines that are piped in, with %j', async (words) => {
    const { engine } = await embed(words, { stdin: pipedInput('two words\n\nlast') });
    expect(engine.calls.map(({ texts }) => texts)).toEqual([['two words', '', 'last']]);
  });

  it('may be none at all', async () => {
    expect(await embed([])).toMatchObject({
      code: 0,
      stdout: '{"embeddings":[],"model":"fake","dimensions":3,"usage":{"promptTokens":0}}\n',
      stderr: '',
    });
    expect((await embed(['--format', 'jsonl'])).stdout).toBe('');
  });

  it('are refused from a terminal before a model is opened', async () => {
    const { code, stderr, engine } = await embed([], { stdin: keyboard() });
    expect({ code, options: engine.options }).toEqual({ code: 2, options: [] });
    expect(stderr).toBe('ferrum: There is no TEXT. Write texts after MODEL, or pipe them in, one on a line.\n');
  });

  it('are embedded in windows, and written before more are read', async () => {
    const count = 20_000;
    let produced = 0;
    let written = 0;
    let ahead = 0;
    const stdin = Readable.from(
      (function* () {
        for (; produced < count; produced++) yield `line ${produced}\n`;
      })(),
      { objectMode: false, highWaterMark: 1024 },
    );
    const stdout = recordOutput();
    const { engine } = await embed(
      ['--format', 'csv'],
      { stdin, stdout },
      {
        before: (texts) => {
          expect(stdout.text.split('\n')).toHaveLength(written + 1);
          ahead = Math.max(ahead, produced - written);
          written += texts.length;
        },
      },
    );
    expect(engine.calls.flatMap(({ texts }) => texts)).toHaveLength(count);
    expect(Math.max(...engine.calls.map(({ texts }) => texts.length))).toBeLessThanOrEqual(512);
    expect(ahead).toBeLessThan(1500);
  });

  it('are answered while who pipes them in waits', async () => {
    const stdin = silentInput();
    const stdout = recordOutput();
    const result = embed(['--format', 'jsonl'], { stdin, stdout });
    stdin.write('one\n');
    await vi.waitFor(() => expect(jsonLines(stdout.text)).toHaveLength(1));
    stdin.end('three\n');
    expect(jsonLines((await result).stdout).map(({ index, text }) => [index, text])).toEqual([
      [0, 'one'],
      [1, 'three'],
    ]);
  });
});

describe('flags', () => {
  it('become options of the call and of the engine; what is not given is left to the model', async () => {
    const { engine } = await embed([
      ...['hi', '--dimensions', '2', '--prompt-name', 'query', '--truncate', 'end', '--encoding', 'int8'],
      ...['--threads', '2', '--quantization', 'int8'],
    ]);
    expect(engine.options).toEqual([{ threads: 2, quantization: 'int8' }]);
    expect(engine.calls[0]?.options).toMatchObject({
      dimensions: 2,
      promptName: 'query',
      truncate: 'end',
      encoding: 'int8',
    });
    const plain = (await embed(['hi'])).engine;
    expect(plain.options).toEqual([{}]);
    expect(Object.keys(plain.calls[0]?.options ?? {}).sort()).toEqual(['encoding', 'onProgress', 'signal']);
  });

  it('--dimensions of more than the model has is refused, also without a text', async () => {
    const { code, stderr } = await embed(['--dimensions', '4']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'ferrum: --dimensions asks for 4, but the embeddings of fake have 3. Lower it.\n',
    });
  });
});

describe('images', () => {
  it('follow the texts; standard input is left alone unless it is asked for', async () => {
    await writeFile(join(folder, 'cat.png'), 'pixels');
    const flags = ['--image', 'cat.png', '--image', 'data:image/png;base64,AAAA', '--format', 'jsonl'];
    const { stdout, engine } = await embed(['a text', ...flags], { stdin: silentInput() });
    expect(jsonLines(stdout)).toEqual([
      { index: 0, text: 'a text', embedding: [6, 0.5, 0] },
      { index: 1, image: 'cat.png', embedding: [1, 1, 1] },
      { index: 2, image: 'data:image/png;base64,AAAA', embedding: [2, 2, 2] },
    ]);
    expect(engine.images).toEqual([join(folder, 'cat.png'), 'data:image/png;base64,AAAA']);
    const alone = await embed(flags, { stdin: silentInput() });
    expect(jsonLines(alone.stdout).map(({ image }) => image)).toEqual(['cat.png', 'data:image/png;base64,AAAA']);
    const piped = await embed(['-', ...flags], { stdin: pipedInput('a\nb\n') });
    expect(jsonLines(piped.stdout).map(({ text }) => text)).toEqual(['a', 'b', undefined, undefined]);
  });

  it.each([
    { words: ['--image', 'dog.png'], message: /--image dog\.png: there is no such file/ },
    { words: ['--image', '.'], message: /--image \.: that is a folder/ },
    { words: ['--image', 'data:,', '--dimensions', '2'], message: /--dimensions cuts embeddings of texts only/ },
    { words: ['a', '--image', 'data:,', '--encoding', 'int8'], message: /--encoding int8 is for texts only/ },
    {
      words: ['--image', 'data:,', '--prompt-name', 'query'],
      message: /--prompt-name is for texts, and there are none/,
    },
    { words: ['--image', 'data:,', '--truncate', 'end'], message: /--truncate is for texts, and there are none/ },
  ])('$words is refused before a model is opened', async ({ words, message }) => {
    const { code, stdout, stderr, engine } = await embed(words);
    expect({ code, stdout, options: engine.options }).toEqual({ code: 2, stdout: '', options: [] });
    expect(stderr).toMatch(message);
  });
});

describe('formats', () => {
  const many = { stdin: () => pipedInput('a\n'.repeat(1000)) };

  it('json is one object, whatever the number of texts', async () => {
    expect((await embed(['ab', 'c d e'])).stdout).toBe(
      '{"embeddings":[[2,0.5,0],[5,0.5,0]],"model":"fake","dimensions":3,"usage":{"promptTokens":8}}\n',
    );
    const { stdout, engine } = await embed(['--format', 'json'], { stdin: many.stdin() });
    expect(engine.calls.length).toBeGreaterThan(1);
    expect(JSON.parse(stdout)).toEqual({
      embeddings: Array(1000).fill([1, 0.5, 0]),
      model: 'fake',
      dimensions: 3,
      usage: { promptTokens: 3000 },
    });
  });

  it('csv is the values alone, exactly', async () => {
    expect((await embed(['ab', 'c', '--format', 'csv'])).stdout).toBe('2,0.5,0\n1,0.5,0\n');
    expect((await embed(['ab', '--format', 'csv', '--encoding', 'int8'])).stdout).toBe('127,32,0\n');
  });

  it.each([
    { encoding: 'float', columns: 10, row: Float32Array.from([1, 0.5, 0, 0, 0, 0, 0, 0, 0, 0]) },
    { encoding: 'int8', columns: 10, row: Int8Array.from([127, 64, 0, 0, 0, 0, 0, 0, 0, 0]) },
    { encoding: 'binary', columns: 2, row: Uint8Array.from([0b1100_0000, 0]) },
  ] as const)(
    'npy of $encoding has the shape in front, in a file and in a pipe',
    async ({ encoding, columns, row }) => {
      const bytes = Buffer.from(row.buffer, row.byteOffset, row.byteLength);
      const expected = Buffer.concat([npyHeader(encoding, [1000, columns]), ...Array<Buffer>(1000).fill(bytes)]);
      const flags = ['--format', 'npy', '--encoding', encoding];
      const stdout = recordOutput();
      await embed(flags, { stdin: many.stdin(), stdout }, { dimensions: 10 });
      expect(stdout.bytes.equals(expected)).toBe(true);
      const { stdout: nothing } = await embed([...flags, '-o', 'v.npy'], { stdin: many.stdin() }, { dimensions: 10 });
      expect(nothing).toBe('');
      expect((await readFile(join(folder, 'v.npy'))).equals(expected)).toBe(true);
      const empty = recordOutput();
      await embed(flags, { stdout: empty }, { dimensions: 10 });
      expect(empty.bytes.equals(Buffer.from(npyHeader(encoding, [0, columns])))).toBe(true);
    },
  );

  it('npy is not for a terminal', async () => {
    const { code, stderr, engine } = await embed(['a', '--format', 'npy'], { stdout: recordOutput(true) });
    expect({ code, options: engine.options }).toEqual({ code: 2, options: [] });
    expect(stderr).toContain('Name a file with --output');
  });
});

describe('--output', () => {
  it('takes every format, and appears once it is whole', async () => {
    for (const format of ['json', 'jsonl', 'csv']) {
      const name = `v.${format}`;
      let there: readonly string[] = [];
      const before = async () => {
        there = await readdir(folder);
      };
      const { code, stdout } = await embed(['a', '--format', format, '--output', name], {}, { before });
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
      expect(there).not.toContain(name);
      expect(await readFile(join(folder, name), 'utf8')).toBe((await embed(['a', '--format', format])).stdout);
    }
    expect((await readdir(folder)).filter((name) => name.endsWith('.incomplete'))).toEqual([]);
  });

  it.each([[new FerrumError('ResourceExhausted', 'No memory is left.')], [new TypeError('x is not a function')]])(
    'is as it was when the command fails: %s',
    async (failure) => {
      await writeFile(join(folder, 'kept.csv'), 'before');
      const before = () => Promise.reject(failure);
      const { code, engine } = await embed(['a', '--format', 'csv', '-o', 'kept.csv'], {}, { before });
      expect({ code, open: engine.open }).toEqual({ code: 1, open: 0 });
      expect(await readFile(join(folder, 'kept.csv'), 'utf8')).toBe('before');
      expect((await readdir(folder)).filter((name) => name.endsWith('.incomplete'))).toEqual([]);
    },
  );

  it('that cannot be is refused before a model is opened', async () => {
    const { code, stderr, engine } = await embed(['a', '-o', 'none/v.json']);
    expect({ code, options: engine.options }).toEqual({ code: 1, options: [] });
    expect(stderr).toMatch(/v\.json cannot be written: its folder is not there\./);
    expect(await embed(['a', '-o', '.'])).toMatchObject({ code: 2 });
  });
});

describe('what goes to stderr', () => {
  it('is nothing in a pipe, and what was done with --verbose or on a terminal', async () => {
    expect((await embed(['a b', 'c'])).stderr).toBe('');
    const summary = /\[2 texts, 7 tokens in \d+\.\d\d s\]\n$/;
    expect((await embed(['a b', 'c', '--verbose'])).stderr).toMatch(summary);
    const terminal = { stderr: recordOutput(true), variables: { NO_COLOR: '1' } };
    expect((await embed(['a b', 'c'], terminal)).stderr).toMatch(summary);
    const image = ['--image', 'data:,', '--verbose'];
    expect((await embed(image)).stderr).toMatch(/\[1 image in \d+\.\d\d s\]\n$/);
  });

  it('is nothing amid results on the same terminal', async () => {
    const terminal = { stdout: recordOutput(true), stderr: recordOutput(true) };
    expect((await embed(['a', '--format', 'csv'], terminal)).stderr).toBe('');
  });
});

describe('failures', () => {
  it('a text too long is the one of all that were read, and the flag that helps is named', async () => {
    const tooLong = new FerrumError(
      'RequestValidation',
      "texts[1] has more than the 256 tokens that the model reads. Shorten it, or pass truncate: 'end'.",
      { details: { input: 'texts[1]' } },
    );
    let windows = 0;
    const before = () => {
      windows += 1;
      if (windows === 2) throw tooLong;
    };
    const { code, stderr } = await embed(['--format', 'csv'], { stdin: pipedInput('a\n'.repeat(600)) }, { before });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'ferrum: Text 514 has more than the 256 tokens that the model reads. Shorten it, or add --truncate end.\n',
    });
  });

  it('an option of the library is named as the flag that it is', async () => {
    const unknown = new FerrumError('InvalidParameter', 'promptName must be one of query, document.', {
      details: { parameter: 'promptName' },
    });
    const { code, stderr } = await embed(['a', '--prompt-name', 'qery'], {}, { before: () => Promise.reject(unknown) });
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'ferrum: --prompt-name must be one of query, document.\n' });
  });

  it('a reader that goes away ends it quietly and closes the engine', async () => {
    const options = { stdin: pipedInput('a\n'.repeat(5000)), stdout: closingOutput(1) };
    const { code, stderr, engine } = await embed(['--format', 'csv'], options);
    expect({ code, stderr, open: engine.open }).toEqual({ code: 0, stderr: '', open: 0 });
    expect(engine.calls.length).toBeLessThan(9);
  });

  it.each(['json', 'jsonl', 'csv', 'npy'])('%s onto a full disk says so', async (format) => {
    const { code, stderr, engine } = await embed(['a', '--format', format], { stdout: fullOutput() });
    expect({ code, stderr, open: engine.open }).toEqual({
      code: 1,
      stderr: 'ferrum: Standard output cannot be written: the disk is full.\n',
      open: 0,
    });
  });

  it('Ctrl-C ends it with 130, while texts are read and while they are embedded', async () => {
    const signals = new EventEmitter();
    const before = () => void signals.emit('SIGINT');
    const computing = await embed(['a'], { signals }, { before });
    expect({ code: computing.code, open: computing.engine.open }).toEqual({ code: 130, open: 0 });

    const stdin = silentInput();
    const reading = embed(['--format', 'csv'], { signals, stdin }, { before: () => setImmediate(before) });
    stdin.write('a\n');
    const { code, engine } = await reading;
    expect({ code, open: engine.open }).toEqual({ code: 130, open: 0 });
  });

  it('a model for something else names the command for it', async () => {
    const { code, stderr } = await embed(['a'], { plugins: [] });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'ferrum: tiny is a model for text-generation. Use "ferrum run tiny".\n',
    });
  });
});
