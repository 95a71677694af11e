import { EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseLines, processMeasures, summary } from '../testing/bench-lines.js';
import { type FakeTranscriberOptions, fakeTranscriber } from '../testing/fake-transcriber.js';
import { runCommand } from '../testing/run-command.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferrum-bench-transcribe-'));
  for (const name of ['a.wav', 'b.wav']) await writeFile(join(folder, name), name);
});
afterAll(() => rm(folder, { recursive: true }));

const names = ['greedy', 'beam5', 'words', 'batched', 'concurrent'];
const bench = async (
  words: readonly string[],
  behaviour: FakeTranscriberOptions = {},
  signals = new EventEmitter(),
) => {
  const engine = fakeTranscriber(behaviour);
  const environment = { plugins: [engine.plugin], workingDirectory: () => folder, signals };
  const result = await runCommand(['bench', 'transcribe', '--model', 'tiny', ...words], environment);
  return { ...result, engine };
};

describe('ferrum bench transcribe', () => {
  it.each([
    { name: 'greedy', callers: 1, options: { beamSize: 1 } },
    { name: 'beam5', callers: 1, options: { beamSize: 5 } },
    { name: 'words', callers: 1, options: { beamSize: 1, wordTimestamps: true } },
    { name: 'batched', callers: 1, options: { beamSize: 1, vadFilter: true, batchSize: 8 } },
    { name: 'concurrent', callers: 2, options: { beamSize: 1 } },
  ])('$name hears each file once to warm up, for each repeat, and once for the delay', async (expected) => {
    const { name, callers, options } = expected;
    const { code, engine } = await bench(['a.wav', 'b.wav', '--case', name, '--repeats', '3']);
    expect({ code, open: engine.open }).toEqual({ code: 0, open: 0 });
    const files = ['a.wav', 'b.wav'].map((file) => join(folder, file));
    expect(engine.calls.map(({ audio }) => audio)).toEqual([
      ...files,
      ...Array(4)
        .fill(files.flatMap((file) => Array(callers).fill(file)))
        .flat(),
    ]);
    for (const call of engine.calls) {
      const { signal: _, ...given } = call.options;
      expect(given).toEqual({ temperature: 0, conditionOnPreviousText: false, ...options });
    }
  });

  it('passes flags on', async () => {
    const { engine } = await bench('a.wav --case greedy --language French --threads 2 --quantization int8'.split(' '));
    expect(engine.options).toEqual([{ threads: 2, quantization: 'int8' }]);
    expect(engine.calls[0]?.options.language).toBe('fr');
  });

  it('shows a table of the cases on stdout, and what it does on stderr', async () => {
    const { stdout, stderr } = await bench(['a.wav', '--repeats', '2']);
    expect(stderr).toBe(names.map((name) => `measuring ${name}\n`).join(''));
    const [title, blank, headings, ...rows] = stdout.trimEnd().split('\n');
    expect(title).toBe('tiny: 6 threads, 2 repeats; median (least–most)');
    expect(blank).toBe('');
    expect(headings?.trim().split(/ {2,}/)).toEqual(names);
    expect(rows.map((row) => row.trim().split(/ {2,}/)[0])).toEqual([
      'seconds a second of audio',
      'times real time',
      'audio, s',
      'first segment, ms',
      'event loop delay (p99), ms',
      'peak memory',
    ]);
  });

  it('a file that is not there is refused before a model is opened', async () => {
    const { code, stderr, engine } = await bench(['a.wav', 'none.wav']);
    expect({ code, options: engine.options }).toEqual({ code: 2, options: [] });
    expect(stderr).toBe('ferrum: none.wav: there is no such file. Name audio files.\n');
  });

  it('Ctrl-C ends it with 130 and closes the engine', async () => {
    const signals = new EventEmitter();
    const { code, engine } = await bench(['a.wav'], { before: () => void signals.emit('SIGINT') }, signals);
    expect({ code, open: engine.open }).toEqual({ code: 130, open: 0 });
  });
});

describe('--json', () => {
  const line = v.strictObject({
    case: v.picklist(names),
    concurrency: v.number(),
    model: v.literal('tiny'),
    threads: v.literal(6),
    repeats: v.literal(2),
    realTimeFactor: summary,
    audioSeconds: summary,
    firstSegmentMs: v.nullable(summary),
    ...processMeasures,
  });
  const lines = async (behaviour: FakeTranscriberOptions = {}) =>
    parseLines((await bench(['a.wav', 'b.wav', '--json', '--repeats', '2'], behaviour)).stdout, line);

  it('prints a line for each case, with the seconds that all callers heard', async () => {
    const results = await lines();
    expect(results.map((result) => [result.case, result.concurrency, result.audioSeconds.median])).toEqual([
      ['greedy', 1, 8],
      ['beam5', 1, 8],
      ['words', 1, 8],
      ['batched', 1, 8],
      ['concurrent', 2, 16],
    ]);
  });
});
