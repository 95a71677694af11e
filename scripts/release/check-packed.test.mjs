import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packageFindings } from './check-packed.mjs';

const repository = 'https://example.com/owner/name';
const manifest = {
  name: '@ferrum/thing',
  version: '0.3.0',
  license: 'MIT',
  type: 'module',
  keywords: ['ferrum'],
  engines: { node: '>=20' },
  repository: { type: 'git', url: `git+${repository}.git`, directory: 'packages/thing' },
  exports: { '.': './dist/index.js' },
  publishConfig: { access: 'public', provenance: true },
  dependencies: { '@ferrum/other': '^0.3.0' },
};
const gpl = readFileSync(new URL('../../plugins/espeak/LICENSE', import.meta.url), 'utf8');
let folder;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ferrum-packed-'));
  describePackage({});
  write('LICENSE', 'MIT License\n\nCopyright\n');
  write('README.md', '# Thing\n');
  write('src/index.ts', 'export const one = 1;\n');
  write('dist/index.js', 'export const one = 1;\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a package with all it needs passes', async () => {
  expect(await findings()).toEqual([]);
});

test.each(['LICENSE', 'README.md', 'dist/index.js'])('a package without %s does not', async (file) => {
  rmSync(path.join(folder, file));
  expect(await findings()).toContain(`@ferrum/thing: ${file} is missing`);
});

test('LICENSE is the text of the licence that package.json names', async () => {
  describePackage({ license: 'GPL-3.0-or-later' });
  expect(await findings()).toEqual(['@ferrum/thing: LICENSE is not the text of GPL-3.0-or-later, its license']);
  write('LICENSE', gpl);
  expect(await findings()).toEqual([]);
  describePackage({});
  expect(await findings()).toEqual(['@ferrum/thing: LICENSE is not the text of MIT, its license']);
});

test.each([
  ['src/one.test.ts', 'does not belong into it'],
  ['src/testing/mock.ts', 'does not belong into it'],
  ['dist/removed.js', 'has no source'],
])('%s should not be packed', async (file, message) => {
  write(file, '');
  expect(await findings()).toEqual([expect.stringContaining(`${file} ${message}`)]);
});

test.each([
  ['another version', { version: '0.2.0' }, 'its version is 0.2.0'],
  ['restricted access', { publishConfig: { provenance: true } }, 'publishConfig.access is not "public"'],
  ['no provenance', { publishConfig: { access: 'public' } }, 'publishConfig.provenance is not true'],
  ['no repository', { repository: undefined }, 'its repository was not stamped'],
  ['a range of the workspace', { dependencies: { '@ferrum/other': 'workspace:^' } }, 'which only this workspace knows'],
  ['a range of an older release', { dependencies: { '@ferrum/other': '^0.2.0' } }, 'not ^0.3.0'],
  ['a plugin without the keyword', { ferrum: { plugin: './dist/index.js' } }, 'keyword "ferrum-plugin"'],
  ['a command that is not there', { bin: { thing: './dist/main.js' } }, 'dist/main.js is missing'],
])('%s is found', async (_, change, message) => {
  describePackage(change);
  expect((await findings()).join('\n')).toContain(message);
});

function describePackage(change) {
  write('package.json', JSON.stringify({ ...manifest, ...change }));
}

function write(file, text) {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), text);
}

/** The package has no types, so no tarball is read. */
function findings() {
  return packageFindings({ folder, tarball: 'none', version: '0.3.0', repository });
}
