import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeEngine } from '../testing/fake-engine.js';
import { fakeStore } from '../testing/fake-store.js';
import { jsonLines } from '../testing/json-lines.js';
import { pluginSource, writePluginPackage } from '../testing/plugin-package.js';
import { type CommandOptions, runCommand } from '../testing/run-command.js';

let root: string;
let home: string;
let variables: Record<string, string>;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ferrum-plugins-'));
  home = join(root, 'home');
  // The npm of this machine, but none of the user's settings.
  variables = { PATH: process.env.PATH ?? '', HOME: root, npm_config_cache: join(root, 'cache') };
});
afterAll(() => rm(root, { recursive: true }));

/** Without the network: everything that is installed here is a file. */
const plugins = (commandLine: readonly string[], options: CommandOptions = {}) =>
  runCommand(['plugins', ...commandLine], {
    store: { ...fakeStore({ home }), offline: true },
    plugins: [fakeEngine().plugin],
    variables,
    workingDirectory: () => root,
    ...options,
  });

const added = async () =>
  Object.keys(JSON.parse(await readFile(join(home, 'plugins/package.json'), 'utf8')).dependencies);

async function pack(folder: string): Promise<void> {
  await promisify(execFile)('npm', ['pack', folder, '--silent', '--offline'], {
    cwd: root,
    env: variables,
    shell: process.platform === 'win32',
  });
}

describe('ferrum plugins add and remove', { timeout: 60_000 }, () => {
  it('refuse an empty name, which npm takes for its own folder', async () => {
    expect(await plugins(['add', ' '])).toMatchObject({ code: 2, stderr: expect.stringContaining('empty name') });
  });

  it('install an archive with npm, use it, and take it away', async () => {
    await pack(await writePluginPackage(root, { name: 'ferrum-plugin-toy' }));
    const { code, stdout, stderr } = await plugins(['add', 'ferrum-plugin-toy-1.2.3.tgz']);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'added ferrum-plugin-toy 1.2.3 (MIT)\n  ferrum-plugin-toy/toy  text-generation  cpu  streaming\n',
    });
    expect(stderr).toMatch(/^installing .+ferrum-plugin-toy-1\.2\.3\.tgz\ntrying out ferrum-plugin-toy\n$/);
    expect(await readdir(home)).toEqual(['plugins']);

    const list = await plugins(['list', '--json']);
    expect(jsonLines(list.stdout)).toContainEqual({
      name: 'ferrum-plugin-toy',
      version: '1.2.3',
      source: 'added',
      state: 'registered',
      engines: [{ id: 'ferrum-plugin-toy/toy', capability: 'text-generation', device: 'cpu', features: ['streaming'] }],
    });
    const explanation = await plugins(['explain', 'tiny']);
    expect(explanation.stdout).toMatch(/→ {2}ferrum-plugin-toy\/toy +60 +opens everything\n/);

    expect(await plugins(['remove', 'ferrum-plugin-toy'])).toEqual({
      code: 0,
      stdout: 'removed ferrum-plugin-toy\n',
      stderr: 'removing ferrum-plugin-toy\n',
    });
    expect((await plugins(['list'])).stdout).not.toContain('ferrum-plugin-toy');
  });

  it('takes in what has changed in a folder that is added again', async () => {
    await writePluginPackage(root, { name: 'changing' });
    expect(await plugins(['add', './changing'])).toMatchObject({ code: 0 });
    const source = pluginSource('changing').replace('opens everything', 'opens it better');
    await writePluginPackage(root, { name: 'changing', source });
    expect(await plugins(['add', './changing'])).toMatchObject({ code: 0 });
    expect(await readFile(join(home, 'plugins/node_modules/changing/plugin.js'), 'utf8')).toBe(source);
  });

  it('warns of a licence that is not permissive', async () => {
    await writePluginPackage(root, { name: 'copyleft', license: 'GPL-3.0-or-later' });
    const { code, stdout, stderr } = await plugins(['add', './copyleft']);
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^added copyleft 1\.2\.3 \(GPL-3/),
    });
    expect(stderr).toMatch(
      /ferrum: copyleft has the licence GPL-3\.0-or-later, which is not known as a permissive one/,
    );
  });

  it('warn of a capability that is none of Ferrum, once it is added', async () => {
    const source = pluginSource('misspelt').replace("'text-generation'", "'text-genration'");
    await writePluginPackage(root, { name: 'misspelt', source });
    const { code, stdout, stderr } = await plugins(['add', './misspelt']);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^added misspelt 1\.2\.3/) });
    expect(stderr).toMatch(/ferrum: misspelt\/toy is for "text-genration", which no command uses; .*text-generation/);
  });

  it.each([
    ['cannot be parsed', { source: 'export const\nplugin = ;' }, /Unexpected token ';' \(broken\/plugin\.js:2\)/],
    ['throws when it is imported', { source: 'throw new Error("no luck today");' }, /no luck today/],
    [
      'is made for another Ferrum',
      { source: pluginSource('broken').replace("'1'", "'9'") },
      /specificationVersion '9'/,
    ],
    ['is no plugin', { ferrum: undefined, source: '' }, /it is no Ferrum plugin/],
  ])('names a package that %s, and keeps the folder as it was', async (_, details, reason) => {
    await writePluginPackage(root, { name: 'sound' });
    await mkdir(home, { recursive: true });
    await plugins(['add', './sound']);
    const before = await added();
    await writePluginPackage(root, { name: 'broken', ferrum: { plugin: './plugin.js' }, ...details });
    if ('ferrum' in details) await writePluginPackage(root, { name: 'broken', ferrum: null });
    const { code, stdout, stderr } = await plugins(['add', './broken']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/\nferrum: broken was not added: /);
    expect(stderr).toMatch(reason);
    expect(await added()).toEqual(before);
    expect(await readdir(join(home, 'plugins/node_modules'))).not.toContain('broken');
  });

  it('refuses a package that comes with the command', async () => {
    await writePluginPackage(root, { name: 'fake-plugin' });
    const { code, stderr } = await plugins(['add', './fake-plugin']);
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('it comes with the command already'),
    });
  });

  it('tells what npm says of one that is not there', async () => {
    const file = await plugins(['add', './nothing.tgz']);
    expect(file).toMatchObject({ code: 3, stderr: expect.stringMatching(/\nferrum: npm could not install .+ENOENT/) });
    const offline = await plugins(['add', 'a-package-that-is-not-in-the-cache']);
    expect(offline).toMatchObject({ code: 4, stderr: expect.stringMatching(/ENOTCACHED/) });
  });

  it('says where npm comes from when there is none', async () => {
    const { code, stderr } = await plugins(['add', './sound'], { variables: { PATH: join(root, 'nowhere') } });
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/not installed, or not on the PATH/),
    });
  });

  it('do not remove what is not there, and suggest what may be meant', async () => {
    await plugins(['add', './copyleft']);
    const before = await added();
    const misspelt = await plugins(['remove', 'changing', 'copyletf']);
    expect(misspelt).toMatchObject({ code: 3, stderr: expect.stringContaining('Did you mean copyleft?') });
    const builtIn = await plugins(['remove', 'fake-plugin']);
    expect(builtIn).toMatchObject({ code: 3, stderr: expect.stringContaining('comes with the command') });
    expect(await added()).toEqual(before);
  });
});
