import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { absoluteSpecifier, dependenciesOf } from './specifiers.js';

const here = resolve('/somewhere');

describe('absoluteSpecifier', () => {
  it.each([
    ['.', '/somewhere'],
    ['..', '/'],
    ['./my-plugin', '/somewhere/my-plugin'],
    ['../my-plugin', '/my-plugin'],
    ['/else/where', '/else/where'],
    ['a-1.0.0.tgz', '/somewhere/a-1.0.0.tgz'],
    ['packed/a.tar.gz', '/somewhere/packed/a.tar.gz'],
    ['file:a', '/somewhere/a'],
    ['file:///else/where', '/else/where'],
  ])('makes a path of %s', (specifier, path) => {
    expect(absoluteSpecifier(specifier, here)).toBe(resolve(path));
  });

  it.each([
    'name',
    '@scope/name',
    'name@1.2.3',
    'name@latest',
    '@scope/name@^1',
    'alias@npm:name@1',
    'owner/repository',
    'github:owner/repository',
    'https://host/a.tgz',
    'git+ssh://host/a.tgz',
  ])('leaves %s as it is', (specifier) => {
    expect(absoluteSpecifier(specifier, here)).toBe(specifier);
  });
});

describe('dependenciesOf', () => {
  const dependencies = {
    name: '^1.0.0',
    '@scope/name': '1.2.3',
    packed: 'file:../../packed.tgz',
    web: 'https://host/web.tgz',
  };

  it.each([
    ['name', ['name']],
    ['name@2', ['name']],
    ['@scope/name', ['@scope/name']],
    ['@scope/name@latest', ['@scope/name']],
    [resolve('/packed.tgz'), ['packed']],
    ['https://host/web.tgz', ['web']],
    ['other', []],
    [resolve('/other.tgz'), []],
  ])('of %s are %j', (specifier, names) => {
    expect(dependenciesOf(specifier, dependencies, resolve('/home/plugins'))).toEqual(names);
  });
});
