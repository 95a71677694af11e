import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeStore } from '../testing/fake-store.js';
import { jsonLines } from '../testing/json-lines.js';
import { runCommand } from '../testing/run-command.js';

let home: string;
let server: Server;
let queries: string[];
let answer: { readonly status: number; readonly body: unknown };
let variables: Record<string, string>;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ferrum-search-'));
  queries = [];
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    if (url.pathname === '/-/v1/search') queries.push(url.searchParams.get('text') ?? '');
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : '';
  variables = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    npm_config_cache: join(home, 'cache'),
    npm_config_registry: `http://127.0.0.1:${port}/`,
  };
});
afterEach(async () => {
  server.close();
  await rm(home, { recursive: true });
});

const search = (words: readonly string[], offline = false) =>
  runCommand(['plugins', 'search', ...words], { store: { ...fakeStore({ home }), offline }, variables });

const found = (...packages: readonly object[]) => ({
  status: 200,
  body: {
    objects: packages.map((each) => ({ package: { date: '2026-01-01', links: {}, maintainers: [], ...each } })),
    total: packages.length,
    time: '2026-01-01',
  },
});
const toy = {
  name: 'ferrum-plugin-toy',
  version: '1.2.3',
  description: 'A toy\u001b[31m of\nan engine',
  keywords: ['ferrum-plugin'],
};

describe('ferrum plugins search', { timeout: 30_000 }, () => {
  it('asks the registry of npm for packages with the keyword', async () => {
    answer = found(toy, { name: 'other', version: '1.0.0', keywords: ['toy'] });
    const { code, stdout } = await search(['toy', 'engine']);
    expect({ code, queries }).toEqual({ code: 0, queries: ['keywords:ferrum-plugin toy engine'] });
    expect(stdout).toBe(
      'PLUGIN             VERSION  DESCRIPTION\nferrum-plugin-toy  1.2.3    A toy[31m of an engine\n',
    );
    const json = await search(['toy', '--json']);
    expect(jsonLines(json.stdout)).toEqual([
      { name: 'ferrum-plugin-toy', version: '1.2.3', description: 'A toy[31m of an engine' },
    ]);
  });

  it('that finds nothing says so on stderr', async () => {
    answer = found();
    expect(await search(['nothing'])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'The registry knows no package with the keyword ferrum-plugin for these words.\n',
    });
  });

  it('says that a registry has no search', async () => {
    answer = { status: 404, body: { error: 'not found' } };
    expect(await search([])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The registry that npm is set up for has no search'),
    });
  });

  it('needs the network', async () => {
    const { code, stderr } = await search([], true);
    expect({ code, queries }).toEqual({ code: 4, queries: [] });
    expect(stderr).toContain('FERRUM_OFFLINE forbids the network');
  });
});
