import { describe, expect, it } from 'vitest';
import { isPermissive, licenceOf } from './licence.js';

describe('licenceOf', () => {
  it.each([
    [{ license: 'MIT' }, 'MIT'],
    [{ license: { type: 'ISC', url: 'https://example.org' } }, 'ISC'],
    [{ licenses: [{ type: 'MIT' }, { type: 'Apache-2.0' }] }, 'MIT OR Apache-2.0'],
    [{}, undefined],
    [{ license: '' }, undefined],
    [{ license: 7 }, undefined],
  ])('of %j is %s', (manifest, licence) => {
    expect(licenceOf(manifest)).toBe(licence);
  });
});

describe('isPermissive', () => {
  it.each(['MIT', 'ISC', 'Apache-2.0', '(MIT OR GPL-3.0-or-later)', 'GPL-2.0 OR BSD-3-Clause', '(MIT AND Zlib)'])(
    'holds for %s',
    (licence) => expect(isPermissive(licence)).toBe(true),
  );

  it.each([
    'GPL-3.0-or-later',
    'AGPL-3.0-only',
    'LGPL-2.1',
    'MPL-2.0',
    'MIT AND GPL-3.0',
    'Apache-2.0 WITH LLVM-exception AND GPL-2.0',
    'SEE LICENSE IN LICENSE.md',
    'UNLICENSED',
    'MIT AND (ISC OR GPL-2.0)',
  ])('does not hold for %s', (licence) => expect(isPermissive(licence)).toBe(false));
});
