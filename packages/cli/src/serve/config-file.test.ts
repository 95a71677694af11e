import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfigFile } from './config-file.js';

// Outside the repository: nothing leads from here to @ferrum/server.
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferrum-config-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (name: string, text: string) => writeFile(join(folder, name), text);
const typed = `import { defineConfig } from '@ferrum/server';
const port: number = 9000;
`;

describe('loadConfigFile', () => {
  it('finds nothing in a folder without one', async () => {
    expect(await loadConfigFile(undefined, folder)).toBeUndefined();
  });

  it.each([
    ['ferrum.config.ts', `${typed}export default defineConfig({ port, models: ['tiny'] });`],
    ['ferrum.config.mts', `${typed}export default defineConfig({ port, models: ['tiny'] } satisfies object);`],
    [
      'ferrum.config.js',
      `import { defineConfig } from '@ferrum/server'; export default defineConfig({ port: 9000, models: ['tiny'] });`,
    ],
    ['ferrum.config.mjs', `export default { port: await Promise.resolve(9000), models: ['tiny'] };`],
    ['ferrum.config.json', '\uFEFF{ "$schema": "s.json", "port": 9000, "models": ["tiny"] }'],
  ])('reads %s', async (name, text) => {
    await write(name, text);
    const file = await loadConfigFile(undefined, folder);
    expect(file?.name).toBe(name);
    expect(file?.config).toMatchObject({ port: 9000, models: ['tiny'] });
  });

  it('takes a file of another name, with what it imports', async () => {
    await write('ports.ts', 'export const port: number = 9001;');
    await write('office.ts', `import { port } from './ports'; export default { port };`);
    expect(await loadConfigFile('office.ts', folder)).toEqual({ name: 'office.ts', config: { port: 9001 } });
  });

  it('takes what the command decides, beside the settings of the server', async () => {
    await write('a.json', '{ "prefer": ["@ferrum/plugin-llama-cpp"] }');
    expect((await loadConfigFile('a.json', folder))?.config).toEqual({ prefer: ['@ferrum/plugin-llama-cpp'] });
  });

  it.each([
    ['a.json', '{ "prefer": "llm" }', /^a\.json: prefer must be array/],
    ['a.json', '{ "port": 1, }', /^a\.json is no JSON: /],
    ['a.json', '{ "prot": 1 }', /^a\.json: there is no setting prot\./],
    ['a.json', '{ "limits": { "requests": 0 } }', /^a\.json: limits\.requests must be >= 1/],
    ['a.json', '{ "logLevel": "loud" }', /^a\.json: logLevel .*: fatal, error, warn, info, debug, trace, silent/],
    ['a.json', '[]', /^a\.json: it must be object/],
    ['a.ts', 'export default { port: "x" };', /^a\.ts: port must be integer/],
    ['a.ts', 'export const port = 1;', /^a\.ts: the default export must be an object, but it has none/],
    ['a.ts', 'export default () => ({});', /^a\.ts: the default export must be an object, but it is a function/],
    ['a.ts', 'export default {;', /^a\.ts cannot be loaded: /],
    ['a.ts', 'throw new Error("not today.");', /^a\.ts cannot be loaded: not today\.$/],
    ['a.yaml', 'port: 1', /^a\.yaml: its ending stands for no kind of configuration\. Use \.ts/],
  ])('names file and field: %s with %s', async (name, text, message) => {
    await write(name, text);
    await expect(loadConfigFile(name, folder)).rejects.toMatchObject({
      code: 'Config',
      message: expect.stringMatching(message),
      details: { setting: expect.toSatisfy((value) => value === null || typeof value === 'string') },
    });
  });

  it.each(['none.json', 'none.ts'])('says that %s is not there', async (name) => {
    await expect(loadConfigFile(name, folder)).rejects.toThrow(`${name} cannot be read: there is no such file.`);
  });

  it('does not choose between two', async () => {
    await write('ferrum.config.ts', 'export default {}');
    await write('ferrum.config.json', '{}');
    await expect(loadConfigFile(undefined, folder)).rejects.toThrow(
      'There are ferrum.config.ts and ferrum.config.json here. Keep one, or name one with --config.',
    );
  });
});
