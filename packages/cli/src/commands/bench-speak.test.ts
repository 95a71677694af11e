import { EventEmitter } from 'node:events';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { speakTexts } from '../bench/speak-texts.js';
import { parseLines, processMeasures, summary } from '../testing/bench-lines.js';
import { type FakeSpeakerOptions, fakeSpeaker } from '../testing/fake-speaker.js';
import { runCommand } from '../testing/run-command.js';

const names = ['words10', 'words60', 'words200'] as const;
const bench = async (words: readonly string[], behaviour: FakeSpeakerOptions = {}, signals = new EventEmitter()) => {
  const engine = fakeSpeaker(behaviour);
  const result = await runCommand(['bench', 'speak', ...words], { plugins: [engine.plugin], signals });
  return { ...result, engine };
};

describe('ferrum bench speak', () => {
  it.each([
    ['words10', 10],
    ['words60', 60],
    ['words200', 200],
  ] as const)('%s is a text of %i words, spoken to warm up, for each repeat and for the delay', async (name, count) => {
    const { code, engine } = await bench(['tiny', '--case', name, '--repeats', '3']);
    expect({ code, open: engine.open }).toEqual({ code: 0, open: 0 });
    expect(speakTexts[name].split(/\s+/)).toHaveLength(count);
    expect(engine.calls.map(({ text }) => text)).toEqual(Array(5).fill(speakTexts[name]));
    for (const { options } of engine.calls) {
      const { signal: _, ...given } = options;
      expect(given).toEqual({ seed: 1 });
    }
  });

  it('passes flags on', async () => {
    const { engine, stdout } = await bench('tiny --case words10 --voice joe --threads 2'.split(' '));
    expect(engine.options).toEqual([{ threads: 2 }]);
    expect(engine.calls[0]?.options.voice).toBe('joe');
    expect(stdout).toContain('tiny: voice joe, 6 threads, 5 repeats');
  });

  it('shows a table of the cases on stdout, and what it does on stderr', async () => {
    const { stdout, stderr } = await bench(['tiny', '--repeats', '2']);
    expect(stderr).toBe(names.map((name) => `measuring ${name}\n`).join(''));
    const [title, blank, headings, ...rows] = stdout.trimEnd().split('\n');
    expect([title, blank]).toEqual(['tiny: 6 threads, 2 repeats; median (least–most)', '']);
    expect(headings?.trim().split(/ {2,}/)).toEqual(names);
    expect(rows.map((row) => row.trim().split(/ {2,}/)[0])).toEqual([
      'seconds a second of speech',
      'times real time',
      'speech, s',
      'first audio, ms',
      'event loop delay (p99), ms',
      'peak memory',
    ]);
  });

  it('measures the default voice without a MODEL', async () => {
    const { code, stderr } = await bench(['--case', 'words10']);
    // The store of the tests knows `tiny` alone.
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: 'ferrum: There is no model piper:en_US-joe-medium. Did you mean tiny?\n',
    });
  });

  it('Ctrl-C ends it with 130 and closes the engine', async () => {
    const signals = new EventEmitter();
    const { code, engine } = await bench(['tiny'], { before: () => void signals.emit('SIGINT') }, signals);
    expect({ code, open: engine.open }).toEqual({ code: 130, open: 0 });
  });
});

describe('--json', () => {
  const line = v.strictObject({
    case: v.picklist(names),
    model: v.literal('tiny'),
    voice: v.literal('joe'),
    threads: v.literal(6),
    repeats: v.literal(2),
    realTimeFactor: summary,
    audioSeconds: summary,
    firstAudioMs: summary,
    ...processMeasures,
  });

  it('prints a line for each case, with the seconds that were spoken', async () => {
    const { stdout } = await bench(['tiny', '--voice', 'joe', '--json', '--repeats', '2']);
    const results = parseLines(stdout, line);
    expect(results.map((result) => [result.case, result.audioSeconds.median])).toEqual([
      ['words10', 2.5],
      ['words60', 15],
      ['words200', 50],
    ]);
  });
});
