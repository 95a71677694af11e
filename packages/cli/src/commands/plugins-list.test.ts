import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definePlugin, FerrumError } from '@ferrum/registry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeEngine } from '../testing/fake-engine.js';
import { fakeSpeaker } from '../testing/fake-speaker.js';
import { fakeStore } from '../testing/fake-store.js';
import { jsonLines } from '../testing/json-lines.js';
import { installPluginPackages, type PluginPackage, pluginSource } from '../testing/plugin-package.js';
import { type CommandOptions, runCommand } from '../testing/run-command.js';

let home: string;
let work: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ferrum-home-'));
  work = await mkdtemp(join(tmpdir(), 'ferrum-work-'));
});
afterEach(async () => {
  await rm(home, { recursive: true });
  await rm(work, { recursive: true });
});

async function install(folder: string, ...packages: readonly PluginPackage[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  await installPluginPackages(folder, packages);
}

const run = (commandLine: readonly string[], options: CommandOptions = {}) =>
  runCommand(commandLine, {
    plugins: [fakeEngine({ answer: ['Hello.'] }).plugin],
    store: fakeStore({ home }),
    workingDirectory: () => work,
    ...options,
  });

const list = async (options?: CommandOptions) => jsonLines((await run(['plugins', 'list', '--json'], options)).stdout);

/** One that scores less than the fake engine. */
const modest = (name: string) => pluginSource(name).replace('score: 60', 'score: 1');
const broken = { name: 'broken', source: 'throw new Error("no luck today");' };

describe('ferrum plugins list', () => {
  it('shows those of all three places, in the order in which they count', async () => {
    await install(join(home, 'plugins'), { name: 'added' });
    await install(work, { name: 'named' }, { name: 'not-named' });
    const plugins = await list({ variables: { FERRUM_PLUGINS: 'named' } });
    expect(plugins).toMatchObject([
      { name: 'fake-plugin', source: 'built-in', state: 'registered' },
      { name: 'added', source: 'added', state: 'registered', engines: [{ id: 'added/toy' }] },
      { name: 'named', source: 'environment', state: 'registered', engines: [{ id: 'named/toy' }] },
    ]);
  });

  it('shows what is broken as failed, and is no failure itself', async () => {
    await install(join(home, 'plugins'), broken, {
      name: 'refusing',
      source: pluginSource('refusing', 'register() { throw new Error("no licence key"); }'),
    });
    const options = { variables: { FERRUM_PLUGINS: 'nowhere' } };
    expect(await list(options)).toMatchObject(
      [
        { name: 'fake-plugin', state: 'registered' },
        { name: 'refusing', version: '1.2.3', source: 'added', state: 'failed', engines: [], error: /licence/ },
        { name: 'broken', source: 'added', state: 'failed', engines: [], error: /no luck today/ },
        { name: 'nowhere', source: 'environment', state: 'failed', error: /FERRUM_PLUGINS names nowhere/ },
      ].map((line) => ('error' in line ? { ...line, error: expect.stringMatching(line.error) } : line)),
    );
    const { code, stdout } = await run(['plugins', 'list'], options);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^broken \(added\)\n {2}failed: .*no luck today$/m);
  });

  it('shows built-in ones that cannot be loaded', async () => {
    const error = new FerrumError('Config', 'It cannot be loaded: no such file');
    expect(await list({ failures: [{ package: '@ferrum/tts', error }] })).toContainEqual({
      name: '@ferrum/tts',
      source: 'built-in',
      state: 'failed',
      engines: [],
      error: 'It cannot be loaded: no such file',
    });
  });

  it('names a folder of plugins that cannot be read', async () => {
    await install(join(home, 'plugins'));
    await writeFile(join(home, 'plugins/package.json'), '{');
    const plugins = await list();
    expect(plugins).toMatchObject([{ name: 'fake-plugin' }, { source: 'added', state: 'failed' }]);
    expect(plugins[1]).toMatchObject({ error: expect.stringContaining('is not JSON') });
  });

  it('takes the phonemizer that somebody added before one beside the command', async () => {
    const name = '@ferrum/plugin-espeak';
    const register = () => {};
    const loadPhonemizer = async () => definePlugin({ specificationVersion: '1', name, version: '9.9.9', register });
    expect(await list({ loadPhonemizer })).toMatchObject([{}, { name, version: '9.9.9', source: 'built-in' }]);
    await install(join(home, 'plugins'), { name });
    expect(await list({ loadPhonemizer })).toMatchObject([{}, { name, version: '1.2.3', source: 'added' }]);
  });
});

describe('a command', () => {
  it('goes on without plugins that are broken, and names each once', async () => {
    const never = 'register: () => Promise.reject(new Error("no licence key"))';
    await install(join(home, 'plugins'), broken, { name: 'refusing', source: pluginSource('refusing', never) });
    const { code, stdout, stderr } = await run(['run', 'tiny', 'hi'], { variables: { FERRUM_PLUGINS: 'nowhere' } });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Hello.\n' });
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^ferrum: plugin refusing was skipped: .*no licence key/);
    expect(lines[1]).toMatch(/^ferrum: plugin broken was skipped: .*no luck today/);
    expect(lines[2]).toMatch(/^ferrum: plugin nowhere was skipped: FERRUM_PLUGINS names nowhere, which is no plugin/);
  });

  it('that opens two hosts names a broken plugin once', async () => {
    await install(join(home, 'plugins'), broken);
    const { code, stderr } = await run(['voices', 'tiny'], { plugins: [fakeSpeaker().plugin] });
    expect(code).toBe(0);
    expect(stderr.match(/plugin broken was skipped/g)).toHaveLength(1);
  });

  it('uses the first of two plugins with the same name, and says so', async () => {
    await install(join(home, 'plugins'), { name: 'fake-plugin' }, { name: 'twice', source: modest('twice') });
    await install(work, { name: 'twice', source: modest('twice') });
    const { code, stdout, stderr } = await run(['run', 'tiny', 'hi'], { variables: { FERRUM_PLUGINS: 'twice' } });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Hello.\n' });
    expect(stderr.split('\n').filter(Boolean)).toEqual([
      'ferrum: plugin fake-plugin was skipped: fake-plugin 1.2.3 is built in, and that one is used. "ferrum plugins remove fake-plugin" takes the other away.',
      'ferrum: plugin twice was skipped: twice 1.2.3 is added already, and that one is used. Take it out of FERRUM_PLUGINS.',
    ]);
  });

  it('prefers what it is told to', async () => {
    await install(join(home, 'plugins'), { name: 'toy', source: modest('toy') });
    for (const prefer of ['toy', 'toy/toy']) {
      const { code, stderr } = await run(['run', 'tiny', 'hi', '--prefer', prefer]);
      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('it is a toy') });
    }
    const { code, stdout } = await run(['run', 'tiny', 'hi', '--prefer', 'fake-plugin', '--prefer', 'toy']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Hello.\n' });
  });

  it('refuses to prefer what is not there, but not what is broken', async () => {
    await install(join(home, 'plugins'), broken);
    const misspelt = await run(['run', 'tiny', 'hi', '--prefer', 'fake-plugni']);
    expect(misspelt).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean fake-plugin?') });
    const result = await run(['run', 'tiny', 'hi', '--prefer', 'broken/engine']);
    expect(result).toMatchObject({ code: 0, stdout: 'Hello.\n' });
  });
});
