import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeEngine } from '../testing/fake-engine.js';
import { fakeStore } from '../testing/fake-store.js';
import { runCommand } from '../testing/run-command.js';
import { serveSettings } from './serve-settings.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferrum-print-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function print(flags: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const engine = fakeEngine();
  const result = await runCommand(['serve', 'tiny', '--print-config', ...flags], {
    ...{ plugins: [engine.plugin], variables },
    workingDirectory: () => folder,
  });
  expect(engine.options).toEqual([]);
  return result;
}

async function effective(flags: readonly string[], variables?: Readonly<Record<string, string>>) {
  const { code, stdout, stderr } = await print(flags, variables);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('--print-config', () => {
  it('prints every default, pulls nothing and opens nothing', async () => {
    const pull = vi.fn();
    const options = { plugins: [fakeEngine().plugin], store: fakeStore({ pull }), workingDirectory: () => folder };
    const { stdout } = await runCommand(['serve', 'tiny', '--print-config'], options);
    expect(pull).not.toHaveBeenCalled();
    expect(JSON.parse(stdout)).toMatchObject({
      configuration: {
        ...{ hostname: '127.0.0.1', port: 8080, apiKeys: [], logLevel: 'info', playground: true, offline: false },
        ...{ models: [{ model: 'tiny' }], idleTimeoutSeconds: 300 },
        limits: { jsonBytes: 8 * 2 ** 20, audioBytes: 2 ** 30 },
      },
      sources: { models: 'the command line' },
    });
  });

  it('takes flags before variables, those before the file, and says who set what', async () => {
    const file = { hostname: '::1', port: 1, logLevel: 'warn', limits: { requests: 3, inputs: 5 }, playground: false };
    await writeFile(join(folder, 'ferrum.config.json'), JSON.stringify(file));
    const { configuration, sources } = await effective(['--port', '3', '--trust-proxy'], {
      ...{ FERRUM_PORT: '2', FERRUM_LOG_LEVEL: 'error', FERRUM_MAX_REQUESTS: ' 4 ', FERRUM_PLAYGROUND: 'yes' },
      ...{
        FERRUM_HOST: '',
        FERRUM_IDLE_TIMEOUT: '0.5',
        FERRUM_OFFLINE: '1',
        FERRUM_CORS_ORIGINS: 'https://a, https://b',
      },
    });
    expect(configuration).toMatchObject({
      ...{ hostname: '::1', port: 3, logLevel: 'error', playground: true, trustProxy: true, offline: true },
      ...{ limits: { requests: 4, inputs: 5 }, idleTimeoutSeconds: 0.5, corsOrigins: ['https://a', 'https://b'] },
    });
    expect(sources).toMatchObject({
      ...{
        hostname: 'ferrum.config.json',
        port: '--port',
        logLevel: 'FERRUM_LOG_LEVEL',
        playground: 'FERRUM_PLAYGROUND',
      },
      ...{
        'limits.requests': 'FERRUM_MAX_REQUESTS',
        'limits.inputs': 'ferrum.config.json',
        trustProxy: '--trust-proxy',
      },
    });
  });

  it('has a flag and a variable for each setting', async () => {
    const examples: Readonly<Record<string, string>> = {
      ...{ hostname: '0.0.0.0', apiKeys: 'abcdefgh', corsOrigins: '*', logLevel: 'debug', prefer: 'fake-plugin' },
      adapterDirectory: folder,
    };
    const variables = serveSettings.map(({ variable, path, kind }) => [
      variable,
      kind === 'switch' ? '1' : (examples[path] ?? '7'),
    ]);
    const flags = serveSettings.flatMap(({ flag, path, kind }) => {
      const [name = ''] = flag.split(' ');
      return kind === 'switch' ? [name] : [name, examples[path] ?? '7'];
    });
    const byVariables = await effective([], Object.fromEntries(variables));
    const byFlags = await effective(flags);
    expect(byVariables.configuration).toEqual({ ...byFlags.configuration, playground: true });
    expect(byFlags.configuration).toMatchObject({ playground: false, limits: { jsonBytes: 7 }, sessions: { max: 7 } });
    expect(Object.values(byVariables.sources)).toEqual(
      expect.arrayContaining(serveSettings.map(({ variable }) => variable)),
    );
  });

  it('hides keys, and what looks like one among the options of engines', async () => {
    await writeFile(join(folder, 'keys'), 'the-fourth-key\n');
    const deep = { headers: [{ Authorization: 'the-sixth-key', 'X-Name': 'me' }], accessTokens: ['the-seventh-key'] };
    const model = { model: 'tiny', options: { threads: 1, maxBatchedTokens: 64, apiKey: 'the-fifth-key', deep } };
    const hiddenDeep = { headers: [{ Authorization: '(hidden)', 'X-Name': 'me' }], accessTokens: '(hidden)' };
    const apiKeys = [{ key: 'the-first-key', name: 'office', requestsPerMinute: 2 }, { sha256: 'ab'.repeat(32) }];
    await writeFile(join(folder, 'a.json'), JSON.stringify({ models: [model], apiKeys }));
    const ofFile = await print(['--config', 'a.json']);
    expect(JSON.parse(ofFile.stdout).configuration).toMatchObject({
      apiKeys: [{ key: '(hidden)', name: 'office', requestsPerMinute: 2 }, { sha256: '(hidden)' }],
      models: [{ model: 'tiny', options: { threads: 1, maxBatchedTokens: 64, apiKey: '(hidden)', deep: hiddenDeep } }],
    });
    const ofFlags = await print(['--api-key', 'the-second-key', '--api-key-file', 'keys']);
    expect(JSON.parse(ofFlags.stdout)).toMatchObject({
      configuration: { apiKeys: ['(hidden)', '(hidden)'] },
      sources: { apiKeys: '--api-key and --api-key-file' },
    });
    expect(ofFile.stdout + ofFlags.stdout).not.toMatch(/the-\w+-key|abab/);
  });
});

describe('a setting that cannot be', () => {
  it.each([
    [{ FERRUM_PORT: 'eighty' }, 'FERRUM_PORT: It must be a whole number.'],
    [{ FERRUM_PORT: '65536' }, 'FERRUM_PORT: port must be <= 65535'],
    [{ FERRUM_TRUST_PROXY: 'maybe' }, 'FERRUM_TRUST_PROXY: It must be 1 or 0.'],
    [{ FERRUM_PRELOAD: 'maybe' }, 'FERRUM_PRELOAD: It must be 1 or 0.'],
    [
      { FERRUM_LOG_LEVEL: 'loud' },
      'FERRUM_LOG_LEVEL: logLevel must be equal to one of the allowed values: fatal, error',
    ],
    [{ FERRUM_API_KEYS: 'short' }, 'FERRUM_API_KEYS: apiKeys.0 must not have fewer than 8 characters'],
    [{ FERRUM_API_KEYS: 'sha256:abc' }, 'FERRUM_API_KEYS: apiKeys.0.sha256 must match pattern'],
    // An unset variable of a container file must not open the server to everybody.
    [{ FERRUM_API_KEYS: '' }, 'FERRUM_API_KEYS is set, but holds no key.'],
    [{ FERRUM_API_KEY_FILE: 'empty' }, 'empty holds no API key.'],
    [{ FERRUM_API_KEY_FILE: 'none' }, 'none cannot be read: there is no such file.'],
    [{ FERRUM_CONFIG: 'none.json' }, 'none.json cannot be read: there is no such file.'],
    [{ FERRUM_IDLE_TIMEOUT: '-1' }, 'FERRUM_IDLE_TIMEOUT: idleTimeoutSeconds must be >= 0'],
  ] as const)('is named with the variable it stands in: %j', async (variables, message) => {
    await writeFile(join(folder, 'empty'), '# nothing\n\n');
    expect(await print([], variables as Readonly<Record<string, string>>)).toMatchObject({
      ...{ code: 2, stdout: '' },
      stderr: expect.stringContaining(message),
    });
  });

  it.each([
    [['--port', '65536'], '--port: port must be <= 65535'],
    [['--port', 'x'], 'It must be a whole number.'],
    [['--api-key', 'short'], '--api-key: apiKeys.0 must not have fewer than 8 characters'],
    [['--max-requests', '0'], '--max-requests: limits.requests must be >= 1'],
    [['--shutdown-timeout', '0'], '--shutdown-timeout: timeouts.shutdownSeconds must be > 0'],
  ])('is named with its flag: %j', async (flags, message) => {
    expect(await print(flags)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
  });
});
