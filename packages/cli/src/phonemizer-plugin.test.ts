import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadPhonemizerPlugin, phonemizerPackage } from './phonemizer-plugin.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ferrum-phonemizer-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Installs a phonemizer that says which one it is. */
async function install(folder: string, version: string, { name = phonemizerPackage, source = '' } = {}): Promise<void> {
  const manifest = {
    name,
    type: 'module',
    ferrum: { plugin: './lib/entry.js' },
    exports: { './package.json': './package.json' },
  };
  const plugin = { specificationVersion: '1', name, version };
  const files = {
    'package.json': JSON.stringify(manifest),
    'lib/entry.js': source || `export const plugin = { ...${JSON.stringify(plugin)}, register() {} };`,
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
}

const modulesOf = (folder: string) => join(root, folder, 'node_modules', phonemizerPackage);

const load = (search: { readonly workingDirectory?: string; readonly clone?: string } = {}) =>
  loadPhonemizerPlugin({
    workingDirectory: join(root, 'work'),
    beside: join(root, 'global/node_modules/@ferrum/cli/dist/phonemizer-plugin.js'),
    clone: join(root, 'clone/plugins/espeak'),
    ...search,
  });

describe('the phonemizer', () => {
  it('may be nowhere', async () => {
    expect(await load()).toBeUndefined();
  });

  it.each([
    ['beside the command', () => join(root, 'global/node_modules', phonemizerPackage)],
    ['in a clone of the repository', () => join(root, 'clone/plugins/espeak')],
    ['for the folder where the command was started', () => modulesOf('work')],
  ])('is found %s', async (_, folder) => {
    await install(folder(), '1');
    expect(await load()).toMatchObject({ name: phonemizerPackage, version: '1' });
  });

  it('is found for a parent of that folder', async () => {
    await install(modulesOf('work'), '1');
    expect(await load({ workingDirectory: join(root, 'work/deep/down') })).toMatchObject({ version: '1' });
  });

  it('beside the command comes before the folder, whoever owns that', async () => {
    await install(modulesOf('work'), 'theirs');
    await install(modulesOf('global'), 'ours');
    expect(await load()).toMatchObject({ version: 'ours' });
  });

  it('is not another package in the place of a clone', async () => {
    await install(join(root, 'clone/plugins/espeak'), '1', { name: 'espeak' });
    expect(await load()).toBeUndefined();
  });

  it.each([
    ['throws', 'throw new Error("it needs another Node")', /it needs another Node/],
    ['exports no plugin', 'export {};', /exports no plugin/],
  ])('that %s is named, with its folder', async (_, source, reason) => {
    await install(modulesOf('work'), '1', { source });
    const error = await load().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'Config', message: expect.stringContaining(modulesOf('work')) });
    expect(error).toMatchObject({ message: expect.stringMatching(reason) });
  });

  it('that is not built is told of with how to build it', async () => {
    await install(join(root, 'clone/plugins/espeak'), '1');
    await rm(join(root, 'clone/plugins/espeak/lib'), { recursive: true });
    await expect(load()).rejects.toMatchObject({ code: 'Config', message: expect.stringContaining('npm run build') });
  });
});
