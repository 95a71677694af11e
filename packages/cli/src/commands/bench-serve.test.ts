import { EventEmitter } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { parseLines, processMeasures, summary } from '../testing/bench-lines.js';
import { benchServe, serveLine, small } from '../testing/bench-serve.js';
import { templateTokens } from '../testing/fake-openai-server.js';

describe('ferrum bench serve', () => {
  it('sends a closed loop of so many requests, streaming and greedy', async () => {
    const { code, fake, stderr } = await benchServe(['--concurrency', '2', ...small]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'measuring 2 clients\n' });
    // Two learn how the server counts, one warms up.
    expect(fake.requests).toHaveLength(2 + 1 + 6);
    expect(fake.most).toBe(2);
    for (const request of fake.requests.slice(2)) {
      expect(request).toMatchObject({ model: 'tiny', max_tokens: 5, temperature: 0, stream: true });
      expect(request).toMatchObject({ stream_options: { include_usage: true } });
      expect(request).not.toHaveProperty('ignore_eos');
    }
  });

  it('shows a table', async () => {
    const { stdout } = await benchServe(['--concurrency', '1,3', '--seed', '7', ...small]);
    const [title, , headings, ...rows] = stdout.trimEnd().split('\n');
    expect(title).toMatch(/^tiny at http:\S+: 20 prompt and up to 5 new tokens, 6 requests a case, 1 repeat, seed 7;/);
    expect(headings?.trim().split(/ {2,}/)).toEqual(['1 client', '3 clients']);
    expect(rows.map((row) => row.trim().split(/ {2,}/)[0])).toEqual([
      'completed',
      'failed',
      'requests/s',
      'output, tokens/s',
      'prompts and output, tokens/s',
      'time to first token, ms',
      '99th percentile',
      'between tokens, ms',
      '99th percentile',
      'for each token, ms',
      'to the end, ms',
      '99th percentile',
      'event loop delay here (p99), ms',
    ]);
  });

  it('runs each case again for --repeats, and warms up once', async () => {
    const { line, fake } = await serveLine(['--repeats', '3']);
    expect(fake.requests).toHaveLength(2 + 1 + 3 * 6);
    expect(line).toMatchObject({
      repeats: 3,
      completed: 18,
      requestsPerSecond: { ci95: [expect.anything(), expect.anything()] },
    });
  });

  it('sends requests for --duration', async () => {
    const flags = ['--duration', '0.2', '--concurrency', '2', '--max-tokens', '2', '--json'];
    const { code, stdout } = await benchServe(flags);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).completed).toBeGreaterThan(2);
  });

  it('asks /v1/completions, below a prefix, for answers past their end', async () => {
    const flags = ['--endpoint', 'completions', '--ignore-eos', '--temperature', '0.5'];
    const { line, fake } = await serveLine(flags, {}, {}, '/prefix/v1/');
    expect(line).toMatchObject({ completed: 6, failed: 0, endpoint: 'completions', url: `${fake.url}/prefix` });
    expect(fake.requests.at(-1)).toMatchObject({ prompt: expect.any(String), ignore_eos: true, temperature: 0.5 });
  });

  it('sends requests at a rate whether or not the ones before are answered', async () => {
    const hanging = { misbehave: (_: unknown, index: number) => (index > 2 ? ('hangMidStream' as const) : undefined) };
    const { stdout, fake } = await benchServe(['--rate', '500', '--timeout', '0.5', '--json', ...small], hanging);
    expect(fake.most).toBe(6);
    expect(JSON.parse(stdout)).toMatchObject({ ratePerSecond: 500, completed: 0, failures: { timeOut: 6 } });
  });
});

describe('prompts', () => {
  const promptsOf = async (...flags: readonly string[]) => {
    const { fake } = await benchServe(['--concurrency', '1', ...small, ...flags]);
    return fake.requests.slice(3).map(({ messages }) => messages?.[0]?.content ?? '');
  };
  const beginnings = (prompts: readonly string[], words: number) =>
    new Set(prompts.map((prompt) => prompt.split(' ').slice(0, words).join(' ')));

  it('have the length that was asked for, and begin differently', async () => {
    const prompts = await promptsOf();
    expect(new Set(prompts.map((prompt) => prompt.split(' ').length))).toEqual(new Set([20 - templateTokens]));
    expect(beginnings(prompts, 3).size).toBe(6);
  });

  it('are the same for the same seed, and others for another', async () => {
    const first = await promptsOf('--seed', '3');
    expect(await promptsOf('--seed', '3')).toEqual(first);
    expect(await promptsOf('--seed', '4')).not.toContain(first[0]);
  });

  it('have a beginning in common if that is asked for', async () => {
    const prompts = await promptsOf('--shared-prefix-tokens', '10');
    expect(new Set(prompts.map((prompt) => prompt.split(' ').length))).toEqual(new Set([30 - templateTokens]));
    expect(beginnings(prompts, 10).size).toBe(1);
    expect(beginnings(prompts, 13).size).toBe(6);
  });

  it('come from a file, one after the other', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ferrum-'));
    await writeFile(
      join(folder, 'prompts.jsonl'),
      '{"prompt":"one"}\n{"messages":[{"role":"user","content":"two"}]}\n',
    );
    const flags = ['--concurrency', '1', '--requests', '4', '--warmup', '0', '--prompts', 'prompts.jsonl'];
    const { fake } = await benchServe(flags, {}, { workingDirectory: () => folder });
    // The first learns whether the server answers at all.
    const contents = fake.requests.map(({ messages }) => messages?.[0]?.content);
    expect(contents).toEqual(['one', 'one', 'two', 'one', 'two']);
  });
});

describe('--json', () => {
  const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
  const line = v.strictObject({
    case: v.literal('serve'),
    concurrency: count,
    url: v.pipe(v.string(), v.url()),
    endpoint: v.literal('chat'),
    model: v.literal('tiny'),
    repeats: v.literal(1),
    seed: count,
    maxTokens: v.literal(5),
    promptTokens: v.literal(20),
    completed: v.literal(6),
    failed: v.literal(0),
    failures: v.strictObject({}),
    vanished: v.literal(0),
    junk: v.strictObject({ sent: v.literal(0), rejected: v.literal(0), answers: v.strictObject({}) }),
    retryAfter: v.strictObject({ with: v.literal(0), without: v.literal(0) }),
    errorRate: v.literal(0),
    requestsPerSecond: summary,
    outputTokensPerSecond: summary,
    totalTokensPerSecond: summary,
    timeToFirstTokenMs: summary,
    interTokenLatencyMs: summary,
    timePerOutputTokenMs: summary,
    endToEndMs: summary,
    goodput: v.strictObject({ share: v.literal(1), requestsPerSecond: v.number() }),
    healthMs: summary,
    healthFailures: v.literal(0),
    serverCpuSecondsPerToken: v.number(),
    serverRssBytes: v.null(),
    ...processMeasures,
  });

  it('prints a line for each case', async () => {
    const processMetrics = (index: number) => ({ cpuSeconds: 3 * index, rssBytes: 1e6 });
    const flags = [
      '--concurrency',
      '3,1',
      '--json',
      '--probe',
      '--goodput',
      'ttft:60000,itl:60000,e2e:60000',
      ...small,
    ];
    const { stdout } = await benchServe(flags, { processMetrics });
    const lines = parseLines(stdout, line);
    expect(lines.map(({ concurrency }) => concurrency)).toEqual([3, 1]);
    for (const { requestsPerSecond, outputTokensPerSecond, totalTokensPerSecond, goodput } of lines) {
      expect(outputTokensPerSecond.mean / requestsPerSecond.mean).toBeCloseTo(5);
      expect(totalTokensPerSecond.mean / requestsPerSecond.mean).toBeCloseTo(25);
      expect(goodput.requestsPerSecond / requestsPerSecond.mean).toBeCloseTo(1);
    }
    // Asked before the load and after it: 3 s for 6 answers of 5 tokens.
    expect(lines[0]?.serverCpuSecondsPerToken).toBeCloseTo(3 / 30);
  });

  it('says null of what was not measured, and counts pieces where the server counts no tokens', async () => {
    const { line: unknown } = await serveLine([], { usage: false });
    expect(unknown).toMatchObject({
      promptTokens: null,
      totalTokensPerSecond: null,
      goodput: null,
      healthMs: null,
      healthFailures: null,
      serverCpuSecondsPerToken: null,
      serverRssBytes: null,
    });
    expect(unknown.outputTokensPerSecond.mean / unknown.requestsPerSecond.mean).toBeCloseTo(5);
  });
});

describe('Ctrl-C', () => {
  it('shows what there is, and ends with 130', async () => {
    const signals = new EventEmitter();
    const interrupt = (_: unknown, index: number) => {
      if (index === 7) signals.emit('SIGINT');
      return undefined;
    };
    const flags = ['--concurrency', '1,2', '--json', ...small];
    const { code, stdout } = await benchServe(flags, { misbehave: interrupt }, { signals });
    expect(code).toBe(130);
    const [line, error, ...more] = stdout
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(line).toMatchObject({ concurrency: 1, completed: 4, failed: 0 });
    expect(error).toEqual({ type: 'error', code: 'Cancelled', message: 'interrupted' });
    expect(more).toEqual([]);
  });
});
