import { EventEmitter } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { InferenceRequest } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { parseLines, processMeasures, summary } from '../testing/bench-lines.js';
import { type FakeEngineOptions, fakeEngine } from '../testing/fake-engine.js';
import { runCommand } from '../testing/run-command.js';

/** As long as it was asked for, a piece in each turn of the event loop. */
const piecesFor = ({ sampling }: InferenceRequest) => Array.from({ length: sampling?.maxTokens ?? 0 }, () => 'x');
const steadyAnswers: FakeEngineOptions = {
  answerTo: piecesFor,
  afterPiece: () => nextTurn(),
  promptTokens: (words) => words + 1,
};
const brief = ['--prompt-tokens', '20', '--max-tokens', '12', '--repeats', '3'];
const bench = async (flags: readonly string[], behaviour = steadyAnswers) => {
  const engine = fakeEngine(behaviour);
  const result = await runCommand(['bench', 'llm', 'tiny', ...flags], { plugins: [engine.plugin] });
  return { ...result, engine };
};

describe('ferrum bench llm', () => {
  it('asks for a warm-up and the repeats of as many greedy streams, which go past the end', async () => {
    const { code, engine } = await bench(['--concurrency', '1,4', ...brief]);
    expect(code).toBe(0);
    const counts = (maxTokens: number) =>
      engine.requests.filter(({ sampling }) => sampling?.maxTokens === maxTokens).length;
    // One learns how many words the prompts may have; a warm-up of either case; then 3 repeats of 1 and of 4 streams.
    expect([counts(1), counts(8), counts(12), engine.requests.length]).toEqual([1, 5, 15, 21]);
    for (const { raw, sampling } of engine.requests) {
      expect({ raw, sampling }).toMatchObject({ raw: true, sampling: { temperature: 0, ignoreEos: true } });
    }
    expect(engine.open).toBe(0);
  });

  it('sends no two prompts that begin alike, each of the length that was asked for', async () => {
    const { engine, stdout } = await bench(['--concurrency', '1,4', '--json', ...brief]);
    const prompts = engine.requests.map(({ prompt }) => String(prompt));
    expect(new Set(prompts.map((prompt) => prompt.split(' ').slice(0, 3).join(' '))).size).toBe(prompts.length);
    // 19 words and the token that begins the sequence.
    expect(new Set(prompts.slice(1).map((prompt) => prompt.split(' ').length))).toEqual(new Set([19]));
    expect(JSON.parse(stdout.split('\n')[0] ?? '').promptTokens).toBe(20);
  });

  it('starts the streams together', async () => {
    let running = 0;
    let most = 0;
    const answerTo = (request: InferenceRequest) => {
      running += 1;
      most = Math.max(most, running);
      return piecesFor(request);
    };
    const afterPiece = async (index: number) => {
      await nextTurn();
      if (index === 11) running -= 1;
    };
    await bench(['--concurrency', '4', ...brief], { ...steadyAnswers, answerTo, afterPiece });
    expect(most).toBeGreaterThanOrEqual(4);
  });

  it('passes flags on as engine options', async () => {
    const { engine } = await bench([...brief, '--threads', '2', '--context-length', '512', '--quantization', 'int8']);
    expect(engine.options).toEqual([{ threads: 2, contextLength: 512, quantization: 'int8' }]);
  });

  it('shows a table of the cases on stdout, and what it does on stderr', async () => {
    const { stdout, stderr } = await bench(['--concurrency', '1,4', ...brief]);
    expect(stderr).toBe('measuring 1 stream\nmeasuring 4 streams\n');
    const [title, blank, headings, ...rows] = stdout.trimEnd().split('\n');
    expect(title).toBe('tiny: 6 threads, 20 prompt and 12 new tokens a stream, 3 repeats; median (least–most)');
    expect(blank).toBe('');
    expect(headings?.trim().split(/ {2,}/)).toEqual(['1 stream', '4 streams']);
    expect(rows.map((row) => row.trim().split(/ {2,}/)[0])).toEqual([
      'decode, tokens/s',
      'prefill, tokens/s',
      'time to first token, ms',
      'between tokens, ms',
      '99th percentile',
      'event loop delay (p99), ms',
      'peak memory',
    ]);
  });

  it('says so when the engine answers one after the other', async () => {
    let turn: Promise<void> = Promise.resolve();
    let endTurn = () => {};
    let piecesLeft = 0;
    const answerTo = async (request: InferenceRequest) => {
      const own = turn;
      let end = () => {};
      turn = new Promise((resolve) => {
        end = resolve;
      });
      await own;
      endTurn = end;
      const pieces = piecesFor(request);
      piecesLeft = pieces.length;
      return pieces;
    };
    const afterPiece = async () => {
      await nextTurn();
      piecesLeft -= 1;
      if (piecesLeft === 0) endTurn();
    };
    const { stdout, stderr } = await bench(['--concurrency', '2', ...brief], {
      ...steadyAnswers,
      answerTo,
      afterPiece,
    });
    expect(stderr).toContain('never had all 2 streams decode side by side');
    expect(stdout).toMatch(/decode, tokens\/s +–\n/);
  });
});

describe('--json', () => {
  const line = v.strictObject({
    case: v.literal('llm'),
    concurrency: v.pipe(v.number(), v.safeInteger()),
    model: v.literal('tiny'),
    threads: v.literal(6),
    repeats: v.literal(3),
    promptTokens: v.literal(20),
    maxTokens: v.literal(12),
    timeToFirstTokenMs: summary,
    interTokenLatencyMs: summary,
    decodeTokensPerSecond: summary,
    prefillTokensPerSecond: summary,
    ...processMeasures,
  });

  it('prints a line for each case', async () => {
    const { stdout } = await bench(['--concurrency', '4,1', '--json', ...brief]);
    const lines = parseLines(stdout, line);
    expect(lines.map(({ concurrency }) => concurrency)).toEqual([4, 1]);
  });

  it('says null of what one token, or one repeat, cannot tell', async () => {
    const { stdout, stderr } = await bench(['--max-tokens', '1', '--repeats', '1', '--json']);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ interTokenLatencyMs: null, decodeTokensPerSecond: null });
    expect(result.prefillTokensPerSecond.ci95).toBeNull();
    expect(stderr).toBe('measuring 1 stream\n');
  });
});

describe('failures', () => {
  it('of one stream end the others and are what is told', async () => {
    const aborted: (AbortSignal | undefined)[] = [];
    const answerTo = (request: InferenceRequest) => {
      aborted.push(request.signal);
      const answer = piecesFor(request);
      return aborted.length === 4 ? [new FerrumError('ResourceExhausted', 'No memory is left.')] : answer;
    };
    const { code, stderr, engine } = await bench(['--concurrency', '4', ...brief], { ...steadyAnswers, answerTo });
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'measuring 4 streams\nferrum: No memory is left.\n' });
    expect(aborted.slice(1).every((signal) => signal?.aborted)).toBe(true);
    expect(engine.open).toBe(0);
  });

  it('a prompt that the context does not hold names the flags', async () => {
    const { code, stderr } = await bench(brief, { ...steadyAnswers, contextWords: 16 });
    expect(code).toBe(2);
    expect(stderr).toMatch(/The context holds 16 tokens.*Lower --prompt-tokens, or raise --context-length\./);
  });

  it('an answer that the context cuts short is no measurement', async () => {
    const { code, stderr } = await bench(brief, { ...steadyAnswers, answerTo: () => Array(8).fill('x') });
    expect(code).toBe(2);
    expect(stderr).toMatch(/ended after 8 of 12 tokens: the context is full\. Lower --prompt-tokens or --max-tokens/);
  });

  it('Ctrl-C ends it with 130 and closes the engine', async () => {
    const signals = new EventEmitter();
    const engine = fakeEngine({ ...steadyAnswers, afterPiece: () => signals.emit('SIGINT'), endless: true });
    const result = await runCommand(['bench', 'llm', 'tiny'], { plugins: [engine.plugin], signals });
    expect(result).toMatchObject({ code: 130, stdout: '' });
    expect(engine.open).toBe(0);
  });
});
