import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installPluginPackages, type PluginPackage, pluginSource } from '../testing/plugin-package.js';
import { examinationScript } from '../testing/run-command.js';
import { examinePlugin } from './examine-plugin.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferrum-examine-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function examine(tried: Omit<PluginPackage, 'name'>, request: { timeoutMs?: number; signal?: AbortSignal } = {}) {
  await installPluginPackages(folder, [{ name: 'toy', ...tried }]);
  const { signal = new AbortController().signal } = request;
  const script = examinationScript;
  return examinePlugin({ folder, packageName: 'toy', variables: {}, script, ...request, signal });
}

describe('examinePlugin', () => {
  it('says what a plugin brings', async () => {
    expect(await examine({})).toEqual({
      name: 'toy',
      version: '1.2.3',
      source: 'added',
      state: 'registered',
      engines: [{ id: 'toy/toy', capability: 'text-generation', device: 'cpu', features: ['streaming'] }],
    });
  });

  it('is not kept waiting by what a plugin leaves running', async () => {
    expect(await examine({ source: `${pluginSource('toy')} setInterval(() => {}, 1000);` })).toMatchObject({
      state: 'registered',
    });
  });

  it.each(['"ready"', 'null', '{ type: "end", report: { name: "another", state: "registered" } }'])(
    'takes no notice of what a plugin tells a process manager: %s',
    async (message) => {
      expect(await examine({ source: `process.send?.(${message}); ${pluginSource('toy')}` })).toMatchObject({
        name: 'toy',
        version: '1.2.3',
        state: 'registered',
      });
    },
  );

  it('counts nothing that a plugin registers when it is over', async () => {
    const source = pluginSource('toy', 'register(r) { setTimeout(() => r.register({ id: 7 }), 20); }');
    expect(await examine({ source })).toMatchObject({ state: 'registered', engines: [] });
  });

  it('knows a package that is no plugin', async () => {
    expect(await examine({ ferrum: null })).toBeUndefined();
  });

  it.each([
    ['throws when it is imported', 'throw new Error("no luck");', /no luck/],
    ['has another specificationVersion', pluginSource('toy').replace("'1'", "'2'"), /specificationVersion '2'/],
    ['exports nothing', 'export {};', /plugin is an object made by definePlugin/],
    ['bears another name', pluginSource('other'), /exports a plugin named other/],
    ['throws when it registers', pluginSource('toy', 'register() { throw new Error("no licence"); }'), /no licence/],
    ['registers nonsense', pluginSource('toy', 'register(r) { r.register({}); }'), /an engine without an id/],
    ['ends the process', 'process.exit(0);', /ended the process \(exit code 0\) while it was loaded/],
    [
      'leaves a promise to fail',
      `Promise.reject(new Error('stray')); ${pluginSource('toy')}`,
      /fails by itself.*stray/,
    ],
    [
      'fails a little later',
      pluginSource('toy', "register() { setTimeout(() => { throw new Error('too late'); }, 20); }"),
      /fails by itself.*too late/,
    ],
    ['crashes it', pluginSource('toy', 'register() { process.abort(); }'), /ended the process \(SIGABRT\)/],
  ])('tells of one that %s', async (_, source, reason) => {
    expect(await examine({ source })).toMatchObject({
      name: 'toy',
      state: 'failed',
      error: expect.stringMatching(reason),
    });
  });

  it.each([
    ['is never loaded', 'for (;;);', /it was not loaded after 3 s/],
    [
      'never ends to register',
      pluginSource('toy', 'register: () => new Promise(() => setInterval(() => {}, 1000))'),
      /it was not (?:registered|loaded) after 3 s/,
    ],
  ])('does not wait for ever for one that %s', async (_, source, reason) => {
    const report = await examine({ source }, { timeoutMs: 3000 });
    expect(report).toMatchObject({ state: 'failed', error: expect.stringMatching(reason) });
  });

  it('stops when the signal fires', async () => {
    const signal = AbortSignal.timeout(500);
    await expect(examine({ source: 'for (;;);' }, { signal })).rejects.toMatchObject({ code: 'Cancelled' });
  });
});
