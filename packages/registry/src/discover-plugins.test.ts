import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHost } from './create-host.js';
import { discoverPlugins } from './discover-plugins.js';

let root: string;
let application: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ferrum-discovery-'));
  application = join(root, 'workspace', 'application');
  await mkdir(application, { recursive: true });
});
afterEach(() => rm(root, { recursive: true }));

async function write(path: string, content: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
}

const installed = (name: string): string => join(application, 'node_modules', name);

const pluginSource = (name: string): string => `
  export const plugin = { specificationVersion: '1', name: '${name}', version: '1.0.0', register() {} };
`;

async function install(folder: string, name: string, ferrum?: unknown, source = pluginSource(name)): Promise<void> {
  await write(join(folder, 'package.json'), { name, version: '1.0.0', type: 'module', ferrum });
  await write(join(folder, 'dist/plugin.js'), source);
}

const depend = (...names: readonly string[]): Promise<void> =>
  write(join(application, 'package.json'), { dependencies: Object.fromEntries(names.map((name) => [name, '*'])) });

const marked = { plugin: './dist/plugin.js' };

/** Name and error code of each failure. */
async function failuresOf(): Promise<readonly (readonly [string, string])[]> {
  const { plugins, failures } = await discoverPlugins({ from: application });
  expect(plugins).toEqual([]);
  for (const { package: name, error } of failures) expect(error.message).toContain(name);
  return failures.map(({ package: name, error }) => [name, error.code]);
}

describe('discoverPlugins', () => {
  it('imports the marked packages among direct dependencies, in their order, and no others', async () => {
    await depend('zeta', '@scope/alpha', 'library', 'left-out');
    await install(installed('zeta'), 'zeta', marked);
    await install(installed('@scope/alpha'), '@scope/alpha', { plugin: 'dist/plugin.js' });
    await install(installed('library'), 'library', undefined, 'throw new Error("must not be imported")');
    await install(installed('left-out'), 'left-out', marked, 'throw new Error("must not be imported")');
    await install(installed('not-a-dependency'), 'not-a-dependency', marked);
    const include = (name: string): boolean => name !== 'left-out';
    const forms = [application, join(application, 'package.json'), pathToFileURL(`${application}/`)];
    for (const from of [...forms, pathToFileURL(join(application, 'package.json')).href]) {
      const { plugins, failures } = await discoverPlugins({ from, include });
      expect(failures).toEqual([]);
      expect(plugins.map(({ name }) => name)).toEqual(['zeta', '@scope/alpha']);
      expect(createHost({ plugins }).plugins).toMatchObject([{ state: 'registered' }, { state: 'registered' }]);
    }
  });

  it('finds packages of parent folders and behind links, as Node and pnpm lay them out', async () => {
    await depend('hoisted', 'linked');
    await install(join(root, 'workspace/node_modules/hoisted'), 'hoisted', marked);
    await install(join(root, 'store/linked'), 'linked', marked);
    await mkdir(join(application, 'node_modules'));
    await symlink(join(root, 'store/linked'), installed('linked'), 'junction');
    const { plugins, failures } = await discoverPlugins({ from: application });
    expect(failures).toEqual([]);
    expect(plugins.map(({ name }) => name)).toEqual(['hoisted', 'linked']);
  });

  it('passes over optional dependencies that are not installed', async () => {
    await install(installed('there'), 'there', marked);
    await write(join(application, 'package.json'), {
      dependencies: { absent: '*' },
      optionalDependencies: { there: '*', absent: '*' },
    });
    const { plugins, failures } = await discoverPlugins({ from: application });
    expect(failures).toEqual([]);
    expect(plugins.map(({ name }) => name)).toEqual(['there']);
  });

  it('reports each package that fails, and goes on with the others', async () => {
    const broken = {
      throws: 'throw new Error("needs another Node")',
      empty: 'export {};',
      newer: pluginSource('newer').replace("'1'", "'2'"),
      impostor: pluginSource('@ferrum/llm'),
      syntax: 'export const',
    };
    await depend('absent', 'unreadable', ...Object.keys(broken), 'fine');
    await write(join(installed('unreadable'), 'package.json'), '{ "name": ');
    for (const [name, source] of Object.entries(broken)) await install(installed(name), name, marked, source);
    await install(installed('fine'), 'fine', marked);
    const { plugins, failures } = await discoverPlugins({ from: application });
    expect(plugins.map(({ name }) => name)).toEqual(['fine']);
    expect(failures.map(({ package: name, error }) => [name, error.code])).toEqual([
      ['absent', 'NotFound'],
      ['unreadable', 'InvalidFormat'],
      ['throws', 'Config'],
      ['empty', 'Config'],
      ['newer', 'Config'],
      ['impostor', 'Config'],
      ['syntax', 'Config'],
    ]);
    for (const { package: name, error } of failures) expect(error.message).toContain(name);
    expect(failures[2]?.error.message).toContain('needs another Node');
  });

  it('names the file and the line of a syntax error', async () => {
    const sources = {
      unparsed: 'export const a = 1;\n\nconst b = ;\n',
      unlinked: "import { isAbsolute } from 'node:path';\nimport { nothing } from './other.js';\n",
      nested: "import './other.js';",
      parsing: "JSON.parse('{');",
    };
    await depend(...Object.keys(sources));
    for (const [name, source] of Object.entries(sources)) await install(installed(name), name, marked, source);
    await write(join(installed('unlinked'), 'dist/other.js'), 'export const some = 1;');
    await write(join(installed('nested'), 'dist/other.js'), 'const b = ;');
    const { failures } = await discoverPlugins({ from: application });
    expect(failures.map(({ error }) => error.message)).toEqual([
      "Plugin unparsed failed to load: Unexpected token ';' (unparsed/dist/plugin.js:3)",
      expect.stringMatching(/^Plugin unlinked failed to load: .*nothing.* \(unlinked\/dist\/plugin\.js:2\)$/),
      // Newer Nodes know which file it is.
      expect.stringMatching(/';' \(nested\/dist\/(plugin\.js or a file that it imports|other\.js:1)\)$/),
      expect.stringMatching(/^Plugin parsing failed to load: .*JSON/),
    ]);
  });

  it('reports a package whose import does not end, and goes on with the others', async () => {
    await depend('endless', 'fine');
    await install(installed('endless'), 'endless', marked, 'await new Promise(() => {});');
    await install(installed('fine'), 'fine', marked);
    const { plugins, failures } = await discoverPlugins({ from: application, importTimeoutMs: 1000 });
    expect(plugins.map(({ name }) => name)).toEqual(['fine']);
    const message = expect.stringMatching(/endless was still loading after 1000 ms.*importTimeoutMs/);
    expect(failures).toMatchObject([{ package: 'endless', error: { code: 'Timeout', message } }]);
    await expect(discoverPlugins({ from: application, importTimeoutMs: -1 })).rejects.toMatchObject({
      code: 'Config',
      message: expect.stringContaining('importTimeoutMs'),
    });
  });

  it('names the package whatever its import throws', async () => {
    await depend('oddity');
    const thrown =
      'Object.assign(new Error("out of luck"), { code: "Device", details: {}, [Symbol.for("@ferrum/error")]: true })';
    await install(installed('oddity'), 'oddity', marked, `throw ${thrown};`);
    expect(await failuresOf()).toEqual([['oddity', 'Device']]);
    const { failures } = await discoverPlugins({ from: application });
    expect(failures[0]?.error.message).toBe('Plugin oddity failed to load: out of luck');
  });

  it('rejects files outside the package, links included', async () => {
    await write(join(root, 'outside.js'), 'throw new Error("must not be imported")');
    await depend('above', 'absolute', 'link', 'itself', 'number', 'missing');
    await install(installed('above'), 'above', { plugin: '../../../../outside.js' });
    await install(installed('absolute'), 'absolute', { plugin: join(root, 'outside.js') });
    await install(installed('link'), 'link', { plugin: './link.js' });
    await symlink(join(root, 'outside.js'), join(installed('link'), 'link.js'));
    await install(installed('itself'), 'itself', { plugin: '.' });
    await install(installed('number'), 'number', { plugin: 1 });
    await install(installed('missing'), 'missing', { plugin: './nowhere.js' });
    expect(await failuresOf()).toEqual([
      ['above', 'PermissionDenied'],
      ['absolute', 'PermissionDenied'],
      ['link', 'PermissionDenied'],
      ['itself', 'PermissionDenied'],
      ['number', 'InvalidFormat'],
      ['missing', 'NotFound'],
    ]);
  });

  it.each(['../outside', '..', '.', '', 'a/b', '@scope', '/etc', 'a\\b', '@s/../x'])(
    'does not take %o for the name of a package',
    async (name) => {
      await depend(name);
      expect(await failuresOf()).toEqual([[name, 'InvalidFormat']]);
    },
  );

  it('imports nothing from outside the package, whatever the path', async () => {
    await write(join(root, 'workspace/escaped.js'), pluginSource('any'));
    await depend('any');
    const step = fc.constantFrom('..', '../.', './..', 'dist/../..', '..//', 'dist', '');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
        const plugin = [...steps, 'escaped.js'].join('/');
        await install(installed('any'), 'any', { plugin });
        expect((await discoverPlugins({ from: application })).plugins).toEqual([]);
      }),
      { numRuns: 60, examples: [[['..', '..', '..']]] },
    );
  });

  it('fails for an application without a readable package.json', async () => {
    await expect(discoverPlugins({ from: application })).rejects.toMatchObject({ code: 'NotFound' });
    await write(join(application, 'package.json'), '[]');
    await expect(discoverPlugins({ from: application })).rejects.toMatchObject({ code: 'InvalidFormat' });
    await write(join(application, 'package.json'), { dependencies: 'none' });
    expect(await discoverPlugins({ from: application })).toEqual({ plugins: [], failures: [] });
  });
});
