import { describe, expect, it } from 'vitest';
import { collectAdapters } from './adapter-argument.js';

describe('collectAdapters', () => {
  it('puts names and paths together; a path may hold anything', () => {
    expect(collectAdapters('b=./x=y', collectAdapters('a-1=/tmp/a'))).toEqual({ 'a-1': '/tmp/a', b: './x=y' });
  });

  it.each(['', 'a', '=p', 'a=', 'a/b=p', '..=p', 'a b=p', '__proto__=p'])('refuses "%s"', (text) => {
    expect(() => collectAdapters(text)).toThrow('NAME=PATH');
  });

  it('refuses a name that is given twice', () => {
    expect(() => collectAdapters('a=q', { a: 'p' })).toThrow('two adapters');
  });
});
