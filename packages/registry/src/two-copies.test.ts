import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const packageRoot = fileURLToPath(new URL('..', import.meta.url));
const isBuilt = existsSync(join(packageRoot, 'dist/index.js'));
if (!isBuilt) process.stderr.write('Skipped: two-copies.test.ts needs `npm run build`.\n');

/** The installed folder of a package that another one, whose folder is given, depends on. */
async function folderOf(name: string, from: string): Promise<string> {
  for (let folder = await realpath(from); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(candidate)) return realpath(candidate);
    if (folder === dirname(folder)) throw new Error(`${name} is not installed.`);
  }
}

/** What an application with both copies sees, as JSON. */
const script = `
  import * as one from './one/node_modules/@ferrum/registry/dist/index.js';
  import * as other from './other/node_modules/@ferrum/registry/dist/index.js';

  const engineOf = (label) => ({ label, [Symbol.asyncDispose]: async () => {} });
  const pluginOf = (copy, name, create) => copy.definePlugin({
    specificationVersion: '1',
    name,
    version: '1.0.0',
    register(registry) {
      registry.register({
        specificationVersion: '1',
        id: name + '/engine',
        capability: 'fake',
        features: [],
        device: 'cpu',
        match: () => ({ score: 50, reason: 'opens it' }),
        create,
      });
    },
  });
  const foreign = pluginOf(other, 'foreign', async () => engineOf('made by the other'));
  const failing = pluginOf(other, 'failing', async () => { throw new other.FerrumError('Device', 'no chip'); });
  const host = one.createHost({ plugins: [foreign, failing] });
  const otherHost = other.createHost({ plugins: [pluginOf(one, 'own', async () => engineOf('made by the one'))] });
  const request = { model: 'm' };
  const labels = [(await host.resolve('fake', request)).label, (await otherHost.resolve('fake', request)).label];
  const error = await host.resolve('fake', { ...request, prefer: ['failing'] }).catch((thrown) => thrown);
  const candidates = async (of) => (await of.explain('fake', request)).candidates.map(({ id }) => id);
  console.log(JSON.stringify({
    areTwo: one.FerrumError !== other.FerrumError,
    labels,
    code: error.code,
    isErrorOfBoth: [one, other].map((copy) => copy.FerrumError.isInstance(error)),
    isInstanceOfOne: error instanceof one.FerrumError,
    candidates: [await candidates(host), await candidates(otherHost)],
    getMetadata: 'getMetadata' in Reflect,
  }));
  await host.dispose();
  await otherHost.dispose();
`;

describe.skipIf(!isBuilt).each([
  ['with a tsyringe of their own', false],
  ['with one tsyringe', true],
])('two copies of this package %s', (_, isShared) => {
  let root: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'ferrum-copies-'));
    const tsyringe = await folderOf('tsyringe', packageRoot);
    const tslib = await folderOf('tslib', tsyringe);
    for (const copy of ['one', 'other']) {
      const modules = join(root, copy, 'node_modules');
      const own = join(modules, '@ferrum/registry');
      await mkdir(own, { recursive: true });
      await cp(join(packageRoot, 'package.json'), join(own, 'package.json'));
      await cp(join(packageRoot, 'dist'), join(own, 'dist'), { recursive: true });
      if (isShared) {
        await symlink(tsyringe, join(modules, 'tsyringe'), 'junction');
      } else {
        await cp(tsyringe, join(modules, 'tsyringe'), { recursive: true });
        await cp(tslib, join(modules, 'tslib'), { recursive: true });
      }
    }
    await writeFile(join(root, 'application.mjs'), script);
  });
  afterAll(() => rm(root, { recursive: true }));

  it('open each other’s engines, know each other’s errors, and keep their engines apart', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'application.mjs')]);
    expect(JSON.parse(stdout)).toEqual({
      areTwo: true,
      labels: ['made by the other', 'made by the one'],
      code: 'Device',
      isErrorOfBoth: [true, true],
      isInstanceOfOne: false,
      candidates: [['foreign/engine', 'failing/engine'], ['own/engine']],
      getMetadata: false,
    });
    // Otherwise the test would have compared one tsyringe with itself, or two where it meant one.
    const places = ['one', 'other'].map((copy) =>
      createRequire(join(root, copy, 'node_modules/@ferrum/registry/dist/index.js')).resolve('tsyringe'),
    );
    expect(places[0] === places[1]).toBe(isShared);
  });
});
