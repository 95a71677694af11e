import { describe, expect, it } from 'vitest';
import { benchServe, serveLine, small } from '../testing/bench-serve.js';
import { type Misbehaviour, startFakeServer } from '../testing/fake-openai-server.js';
import { runCommand } from '../testing/run-command.js';

/** Warm is what comes before: two requests for the length of prompts, one that warms up. */
const afterwards = (misbehaviour: Misbehaviour, every = 1) => ({
  misbehave: (_: unknown, index: number) => (index >= 3 && index % every === 0 ? misbehaviour : undefined),
});

describe('failures', () => {
  it.each([
    ['status500', 'http500', /http500, the first time: it broke\n/],
    ['status404', 'http404', /http404, the first time: The model 'tiny' does not exist\.\n/],
    ['busyWithoutRetryAfter', 'http503', /http503, the first time: busy\n/],
    ['reset', 'connectionReset', /connectionReset, the first time: other side closed/],
    ['resetMidStream', 'connectionReset', /connectionReset/],
    ['notAStream', 'malformedStream', /is not text\/event-stream but application\/json/],
    ['notJson', 'malformedStream', /an event is no JSON object: \{"id":/],
    ['noChoices', 'malformedStream', /a chunk has no choices/],
    ['noId', 'malformedStream', /a chunk has no id/],
    ['missingDone', 'missingDone', /the stream ended without "data: \[DONE\]"/],
    ['doubledDone', 'doubledDone', /"data: \[DONE\]" came again/],
    ['afterDone', 'malformedStream', /an event came after "data: \[DONE\]"/],
    ['errorEvent', 'errorEvent', /errorEvent, the first time: out of memory\n/],
    ['noToken', 'noToken', /the stream brought no text/],
    ['mixedIds', 'mixedIds', /a chunk of id-of-another came in the stream of id-/],
  ] as const)('%s is counted as %s, with what the server said', async (misbehaviour, kind, message) => {
    const { code, line, stderr } = await serveLine([], afterwards(misbehaviour, 2));
    // Requests 3 to 8, of which 4, 6 and 8 fail: --max-error-rate alone makes that an exit code.
    expect(code).toBe(0);
    expect(line).toMatchObject({ completed: 3, failed: 3, failures: { [kind]: 3 }, errorRate: 0.5 });
    expect(stderr).toMatch(message);
  });

  it.each(['hang', 'hangMidStream'] as const)('%s is a time-out', async (misbehaviour) => {
    const { line } = await serveLine(['--timeout', '0.3'], afterwards(misbehaviour));
    expect(line).toMatchObject({ completed: 0, failed: 6, failures: { timeOut: 6 }, errorRate: 1 });
    expect(line.timeToFirstTokenMs).toBeNull();
  });

  it('a server that goes away is counted as connectionRefused', async () => {
    const fake = await startFakeServer({
      misbehave: (_, index) => {
        if (index === 3) void fake[Symbol.asyncDispose]();
        return undefined;
      },
    });
    const { stdout } = await runCommand(['bench', 'serve', fake.url, '--json', '--concurrency', '1', ...small]);
    const { completed, failed, failures } = JSON.parse(stdout);
    expect(completed + failed).toBe(6);
    expect(failures.connectionRefused).toBeGreaterThanOrEqual(4);
  });

  it('above --max-error-rate are exit code 1, after the results', async () => {
    const flags = (rate: string) => ['--concurrency', '2', '--max-error-rate', rate, ...small];
    const above = await benchServe(flags('0.49'), afterwards('status500', 2));
    expect(above.code).toBe(1);
    expect(above.stdout).toMatch(/failed +3 \(http500 3\)\n/);
    expect(above.stderr).toMatch(
      /More requests failed than the 49\.00 % that --max-error-rate allows \(2 clients: 50\.00 %\)/,
    );
    expect((await benchServe(flags('0.5'), afterwards('status500', 2))).code).toBe(0);
  });
});

describe('a server that is busy', () => {
  it.each(['busy', 'rateLimited'] as const)('and says for how long (%s) does not fail', async (misbehaviour) => {
    const { line } = await serveLine(['--max-error-rate', '0'], afterwards(misbehaviour, 2));
    expect(line).toMatchObject({ completed: 3, failed: 0, retryAfter: { with: 3, without: 0 }, errorRate: 0 });
  });

  it('and does not say fails', async () => {
    const { line } = await serveLine([], afterwards('busyWithoutRetryAfter', 2));
    expect(line).toMatchObject({ completed: 3, failed: 3, retryAfter: { with: 0, without: 3 } });
  });
});

describe('--verify', () => {
  it('asks each prompt alone first, and finds answers that are others under load', async () => {
    // Two for the length, six alone, one that warms up; then six.
    const wrong = (_: unknown, index: number) => (index === 10 || index === 12 ? ('wrongAnswer' as const) : undefined);
    const { line, stderr, fake } = await serveLine(['--verify'], { misbehave: wrong });
    expect(fake.requests).toHaveLength(2 + 6 + 1 + 6);
    expect(line).toMatchObject({ completed: 4, failed: 2, failures: { wrongAnswer: 2 } });
    expect(stderr).toMatch(/^asking 6 prompts alone\nmeasuring 2 clients\n/);
    expect(stderr).toMatch(/wrongAnswer, the first time: from character \d+ on it is "other .*", alone it was ".*-é2 /);
  });

  it('finds nothing wrong with answers that are the same', async () => {
    const { line } = await serveLine(['--verify', '--requests', '80']);
    expect(line).toMatchObject({ completed: 80, failed: 0 });
  });

  it('is refused at another temperature', async () => {
    const { code, stderr } = await benchServe(['--verify', '--temperature', '0.5']);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('only at temperature 0') });
  });
});

describe('--vanish', () => {
  it('leaves in the middle, and the server notices', async () => {
    const flags = ['--requests', '8', '--vanish', '1', '--warmup', '0', '--max-tokens', '20'];
    const { line, fake } = await serveLine(flags, { endless: true });
    expect(line).toMatchObject({ completed: 0, failed: 0, vanished: 8, errorRate: 0, requestsPerSecond: { max: 0 } });
    expect(line.outputTokensPerSecond.mean).toBeGreaterThan(0);
    await expect.poll(() => fake.left).toBe(8);
  });

  it('is a share of the clients', async () => {
    const { line } = await serveLine(['--requests', '60', '--vanish', '0.5', '--seed', '1', '--max-tokens', '40']);
    expect(line.completed + line.vanished).toBe(60);
    expect(line.vanished).toBeGreaterThan(15);
    expect(line.vanished).toBeLessThan(45);
  });
});

describe('--junk', () => {
  const flags = ['--requests', '40', '--junk', '1', '--warmup', '0', '--seed', '5', '--max-error-rate', '0'];

  it('is rejected by a server that looks at it', async () => {
    const { code, line, fake } = await serveLine(flags);
    expect(code).toBe(0);
    expect(line).toMatchObject({ completed: 0, failed: 0, junk: { sent: 40, rejected: 40 }, errorRate: 0 });
    expect(Object.keys(line.junk.answers).sort()).toEqual([
      'brokenJson',
      'oversizeBody',
      'rawGarbage',
      'unknownModel',
      'wrongTypes',
    ]);
    for (const [kind, status] of Object.entries({
      brokenJson: 'http400',
      oversizeBody: 'http413',
      rawGarbage: 'http400',
      unknownModel: 'http404',
      wrongTypes: 'http400',
    })) {
      expect(Object.keys(line.junk.answers[kind])).toEqual([status]);
    }
    // The two that learn how the server counts.
    expect(fake.requests).toHaveLength(2);
  });

  it('that is taken is an error', async () => {
    const { code, line, stderr } = await serveLine(flags, { takesJunk: true });
    expect(code).toBe(1);
    expect(line.junk.rejected).toBe(line.junk.answers.rawGarbage.http400);
    expect(line.errorRate).toBeCloseTo(1 - line.junk.rejected / 40);
    expect(stderr).toMatch(/unknownModel \(junk\), the first time: answered http200\n/);
  });

  it('and --vanish are shares of the same requests', async () => {
    const { code, stderr } = await benchServe(['--junk', '0.6', '--vanish', '0.6']);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(/shares of the same requests/) });
  });
});

describe('--probe', () => {
  it('counts the times that /health is not answered', async () => {
    const healthStatus = (index: number) => (index === 1 ? 503 : 200);
    const { line } = await serveLine(['--probe'], { healthStatus });
    expect(line.healthFailures).toBe(1);
    expect(line.healthMs).not.toBeNull();
  });

  it('is refused by a server without /health', async () => {
    const { code, stderr } = await benchServe(['--probe'], { healthStatus: () => 404 });
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('GET /health was answered 404'),
    });
  });
});

describe('the model', () => {
  it('is the first that writes text', async () => {
    const models = [
      { id: 'vectors', capabilities: ['embedding'] },
      { id: 'words', capabilities: ['text-generation'] },
      { id: 'more', capabilities: ['text-generation'] },
    ];
    expect((await serveLine([], { models })).line.model).toBe('words');
    expect((await serveLine(['--model', 'more'], { models })).line.model).toBe('more');
  });

  it.each([
    [[{ id: 'vectors', capabilities: ['embedding'] }], /no model that writes text\. It lists vectors\./],
    [[], /no model that writes text\. It lists none\./],
  ])('must be there: %j', async (models, message) => {
    const { code, stderr } = await benchServe([], { models });
    expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringMatching(message) });
  });

  it('that the server does not know is told of, with those that it has', async () => {
    const { code, stderr } = await benchServe(['--model', 'huge'], {
      models: [{ id: 'tiny' }, { id: 'small' }],
      misbehave: () => 'status404',
    });
    expect(code).toBe(3);
    expect(stderr).toMatch(/failed \(http404\): The model 'huge' does not exist\. .* It lists tiny, small\.\n$/);
  });
});

describe('the key', () => {
  it.each([
    [['--api-key', 'sk-right'], {}],
    [[], { FERRUM_API_KEY: 'sk-right', OPENAI_API_KEY: 'sk-other' }],
    [[], { OPENAI_API_KEY: 'sk-right' }],
  ])('is sent: %j %j', async (flags, variables) => {
    const { code, fake } = await benchServe(
      [...flags, '--concurrency', '1', ...small],
      { apiKey: 'sk-right' },
      { variables },
    );
    expect(code).toBe(0);
    expect(fake.headers.every(({ authorization }) => authorization === 'Bearer sk-right')).toBe(true);
  });

  it('that is wrong is told of without being shown', async () => {
    const { code, stdout, stderr } = await benchServe(['--api-key', 'sk-wrong', '--json'], { apiKey: 'sk-right' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/wants another key \(401\): Incorrect API key provided: Bearer … Give one with --api-key\./);
    expect(stdout + stderr).not.toContain('sk-wrong');
  });
});

describe('a server that is not there', () => {
  it('is exit code 4', async () => {
    const fake = await startFakeServer();
    await fake[Symbol.asyncDispose]();
    const { code, stderr } = await runCommand(['bench', 'serve', fake.url]);
    expect({ code, stderr }).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/\/v1\/models cannot be reached: .*ECONNREFUSED/),
    });
  });
});

describe('wrong usage', () => {
  it.each([
    [[], /missing required argument 'url'/],
    [['localhost'], /"localhost" is no URL of a server/],
    [['http://host', '--rate', '0'], /must be numbers, at least 0\.001 and at most 100000, separated by commas/],
    [['http://host', '--rate', '1', '--concurrency', '1'], /cannot be used with option/],
    [['http://host', '--requests', '1', '--duration', '1'], /cannot be used with option/],
    [['http://host', '--prompts', 'f', '--prompt-tokens', '9'], /cannot be used with option/],
    [['http://host', '--endpoint', 'embeddings'], /Allowed choices are chat, completions\./],
    [['http://host', '--goodput', 'tpot:5'], /It must be goals in ms/],
    [['http://host', '--vanish', '1.5'], /a number, at least 0 and at most 1\./],
    [['http://host', '--seed', '4294967296'], /a whole number, at least 0 and at most 4294967295\./],
    [['http://host', '--prompts', 'none'], /--prompts none cannot be read: ENOENT/],
  ])('%j is refused with exit code 2', async (flags, message) => {
    const { code, stdout, stderr } = await runCommand(['bench', 'serve', ...flags]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('is explained by --help', async () => {
    const { code, stdout } = await runCommand(['bench', 'serve', '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Usage: ferrum bench serve \[options\] <url>/);
  });
});
