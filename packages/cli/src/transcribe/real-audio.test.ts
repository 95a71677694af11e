import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processEnvironment } from '../process-environment.js';
import { runCommandLine } from '../run-command-line.js';
import { jsonLines } from '../testing/json-lines.js';
import { recordOutput } from '../testing/streams.js';

const speech = fileURLToPath(new URL('../../../../../shared/audio/jfk.flac', import.meta.url));

/** The words without what is matter of taste. */
const wordsOf = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^a-z ]+/g, ' ')
    .split(/ +/)
    .join(' ')
    .trim();

const said = 'and so my fellow americans ask not what your country can do for you ask what you can do for your country';

describe.skipIf(!existsSync(speech))('whisper:tiny.en in the command (needs ../shared; skipped without)', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ferrum-real-audio-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const run = async (...commandLine: readonly string[]) => {
    const stdout = recordOutput();
    const stderr = recordOutput();
    const environment = { ...processEnvironment(), stdout, stderr, exit: () => {} };
    const code = await runCommandLine(commandLine, environment);
    return { code, stdout: stdout.text, stderr: stderr.text };
  };

  it('writes down a speech in every format and as lines of JSON', { timeout: 300_000 }, async (test) => {
    const { code: pulled } = await run('pull', 'whisper:tiny.en');
    test.skip(pulled === 4, 'the model cannot be downloaded');
    const flags = ['--output-dir', folder, '--format', 'all', '--word-timestamps', '--json', '--threads', '2'];
    const { code, stdout } = await run('transcribe', speech, '--model', 'whisper:tiny.en', ...flags);
    expect(code).toBe(0);
    const lines = jsonLines(stdout);
    const finish = lines.at(-1);
    expect(finish).toMatchObject({ type: 'finish', file: speech, language: 'en', model: 'whisper:tiny.en' });
    expect(wordsOf(finish.text)).toBe(said);
    expect(finish.duration).toBeCloseTo(11, 2);
    expect(lines.slice(0, -1).map(({ type }) => type)).toEqual(Array(lines.length - 1).fill('segment'));
    const words = lines.flatMap((line) => line.words ?? []);
    expect(wordsOf(words.map(({ word }) => word).join(''))).toBe(said);
    expect(finish.outputs).toHaveLength(7);
    expect(wordsOf(await readFile(join(folder, 'jfk.txt'), 'utf8'))).toBe(said);
    expect(await readFile(join(folder, 'jfk.words.vtt'), 'utf8')).toMatch(/^WEBVTT\n\n00:00:00\.\d{3} --> /);
  });
});
