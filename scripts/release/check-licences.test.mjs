import { expect, test } from 'vitest';
import { bundledLicenceFindings, licenceFindings } from './check-licences.mjs';

test('permissive licences pass, also in expressions', () => {
  expect(find({ one: { license: 'MIT' }, two: { license: '(BSD-2-Clause OR GPL-2.0-only)' } })).toEqual([]);
  expect(find({ one: { license: '(MIT AND Zlib)' }, jstat: {} })).toEqual([]);
});

test.each([
  ['GPL-3.0-or-later', 'one@1.0.0 is under GPL-3.0-or-later.'],
  ['MIT AND LGPL-2.1-only', 'one@1.0.0 is under MIT AND LGPL-2.1-only.'],
  ['MPL-2.0', 'one@1.0.0 is under MPL-2.0.'],
  ['SEE LICENSE IN LICENSE.md', 'one@1.0.0 is under SEE LICENSE IN LICENSE.md.'],
  [undefined, 'one@1.0.0 is under no licence that it names.'],
])('%s does not', (license, message) => {
  expect(find({ one: { license } })).toEqual([message]);
});

test('a package of ours is MIT', () => {
  expect(find({ '@ferrum/llm': { license: 'Apache-2.0' } })).toEqual(['@ferrum/llm is under Apache-2.0, not MIT.']);
});

test('GPL stays with the plugin, wherever npm puts it', () => {
  const plugin = {
    license: 'GPL-3.0-or-later',
    dependencies: { '@echogarden/espeak-ng-emscripten': '1' },
  };
  const espeak = { license: 'GPL-3.0' };
  expect(find({ '@ferrum/plugin-espeak': plugin, '@echogarden/espeak-ng-emscripten': espeak })).toEqual([]);
  const tts = { license: 'MIT', optionalDependencies: { '@ferrum/plugin-espeak': '1' } };
  expect(find({ '@ferrum/plugin-espeak': plugin, '@ferrum/tts': tts })).toEqual([
    '@ferrum/tts must not depend on @ferrum/plugin-espeak, which is under GPL-3.0-or-later.',
  ]);
  const other = { license: 'MIT', peerDependencies: { '@echogarden/espeak-ng-emscripten': '1' } };
  expect(find({ 'other/node_modules/@echogarden/espeak-ng-emscripten': espeak, other })).toEqual([
    'other must not depend on @echogarden/espeak-ng-emscripten, which is under GPL-3.0.',
  ]);
  // An exception is for the licence that it names.
  expect(find({ '@echogarden/espeak-ng-emscripten': { license: 'AGPL-3.0-only' } })).toHaveLength(1);
});

test('what a page bundles is read from its list of licences', () => {
  expect(bundledLicenceFindings('# Licenses\n\n## preact - 11.2.0 (MIT)\n\n…\n')).toEqual([]);
  expect(bundledLicenceFindings('## some - 1.0.0 (GPL-3.0-only)\n')).toHaveLength(1);
  expect(bundledLicenceFindings('## some - 1.0.0 ()\n')).toHaveLength(1);
  expect(bundledLicenceFindings('# Licenses\n')).toHaveLength(1);
});

function find(packages) {
  const entries = Object.entries(packages).map(([name, entry]) => [
    `node_modules/${name}`,
    { version: '1.0.0', ...entry },
  ]);
  return licenceFindings({ packages: { '': { name: 'app' }, ...Object.fromEntries(entries) } });
}
