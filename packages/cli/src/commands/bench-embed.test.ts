import { EventEmitter } from 'node:events';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { embedCorpus } from '../bench/embed-corpus.js';
import { parseLines, processMeasures, summary } from '../testing/bench-lines.js';
import { type FakeEmbedderOptions, fakeEmbedder, tokensOf } from '../testing/fake-embedder.js';
import { runCommand } from '../testing/run-command.js';

const names = ['single', 'batch32', 'batch8x128', 'mixed256', 'callers64'];
const bench = async (flags: readonly string[], behaviour: FakeEmbedderOptions = {}) => {
  const engine = fakeEmbedder(behaviour);
  const result = await runCommand(['bench', 'embed', 'tiny', ...flags], { plugins: [engine.plugin] });
  return { ...result, engine };
};

describe('ferrum bench embed', () => {
  const { short, long, mixed } = embedCorpus();

  it.each([
    { name: 'single', texts: short, alone: true },
    { name: 'batch32', texts: short.slice(0, 32), alone: false },
    { name: 'batch8x128', texts: long, alone: false },
    { name: 'mixed256', texts: mixed, alone: false },
    { name: 'callers64', texts: short, alone: true },
  ])('$name embeds its texts once to count, once to warm up, and for each repeat', async ({ name, texts, alone }) => {
    const { code, engine } = await bench(['--case', name, '--repeats', '3']);
    expect({ code, open: engine.open }).toEqual({ code: 0, open: 0 });
    expect(engine.calls.map((call) => call.texts)).toEqual(Array(alone ? 1 : 5).fill(texts));
    expect(engine.single).toEqual(alone ? Array(4).fill(texts).flat() : []);
  });

  it.each([
    { name: 'single', most: 1 },
    { name: 'callers64', most: 64 },
  ])('$name has $most texts under way at a time', async ({ name, most }) => {
    let running = 0;
    let seen = 0;
    const before = async (texts: readonly string[]) => {
      if (texts.length > 1) return;
      running += 1;
      seen = Math.max(seen, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    };
    await bench(['--case', name, '--repeats', '1'], { before });
    expect(seen).toBe(most);
  });

  it('passes flags on as engine options', async () => {
    const { engine } = await bench(['--case', 'batch32', '--threads', '2', '--quantization', 'int8']);
    expect(engine.options).toEqual([{ threads: 2, quantization: 'int8' }]);
  });

  it('shows a table of the cases on stdout, and what it does on stderr', async () => {
    const { stdout, stderr } = await bench(['--repeats', '2']);
    expect(stderr).toBe(names.map((name) => `measuring ${name}\n`).join(''));
    const [title, blank, headings, ...rows] = stdout.trimEnd().split('\n');
    expect(title).toBe('tiny: 6 threads, 2 repeats; median (least–most)');
    expect(blank).toBe('');
    expect(headings?.trim().split(/ {2,}/)).toEqual(names);
    expect(rows.map((row) => row.trim().split(/ {2,}/)[0])).toEqual([
      'texts/s',
      'tokens/s',
      'latency, ms',
      '99th percentile',
      'event loop delay (p99), ms',
      'peak memory',
    ]);
  });

  it('measures chosen cases only, each once', async () => {
    const { stderr } = await bench('--case mixed256 --case single --case mixed256 --repeats 1'.split(' '));
    expect(stderr).toBe('measuring mixed256\nmeasuring single\n');
  });

  it('Ctrl-C ends it with 130 and closes the engine', async () => {
    const signals = new EventEmitter();
    const engine = fakeEmbedder({ before: () => void signals.emit('SIGINT') });
    const result = await runCommand(['bench', 'embed', 'tiny'], { plugins: [engine.plugin], signals });
    expect(result).toMatchObject({ code: 130, stdout: '' });
    expect(engine.open).toBe(0);
  });
});

describe('--json', () => {
  const line = v.strictObject({
    case: v.picklist(names),
    model: v.literal('tiny'),
    threads: v.literal(6),
    repeats: v.literal(2),
    textsPerSecond: summary,
    tokensPerSecond: summary,
    latencyMs: v.nullable(summary),
    ...processMeasures,
  });

  it('prints a line for each case; latencies are those of single texts', async () => {
    const { stdout } = await bench(['--json', '--repeats', '2']);
    const lines = parseLines(stdout, line);
    expect(lines.map((result) => result.case)).toEqual(names);
    expect(lines.filter(({ latencyMs }) => latencyMs).map((result) => result.case)).toEqual(['single']);
  });

  it('counts the tokens that the engine counts', async () => {
    const { stdout } = await bench(['--json', '--case', 'mixed256', '--repeats', '1']);
    const { textsPerSecond, tokensPerSecond } = JSON.parse(stdout);
    const { mixed } = embedCorpus();
    const tokens = mixed.reduce((sum, text) => sum + tokensOf(text), 0);
    expect(tokensPerSecond.mean / textsPerSecond.mean).toBeCloseTo(tokens / 256, 6);
  });
});
