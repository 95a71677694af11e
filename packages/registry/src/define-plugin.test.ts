import type { Plugin } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { definePlugin } from './define-plugin.js';

const good: Plugin = { specificationVersion: '1', name: '@scope/plugin', version: '1.0.0', register: () => {} };

describe('definePlugin', () => {
  it('returns the plugin itself and runs nothing of it', () => {
    const plugin: Plugin = {
      ...good,
      register: () => {
        throw new Error('must not run');
      },
    };
    expect(definePlugin(plugin)).toBe(plugin);
  });

  it.each([
    [undefined, /not undefined/],
    [null, /not null/],
    ['@scope/plugin', /not '@scope\/plugin'/],
    [{ ...good, name: '' }, /npm package name, not ''/],
    [{ ...good, name: 7 }, /npm package name, not 7/],
    [{ ...good, specificationVersion: '2' }, /@scope\/plugin has specificationVersion '2'/],
    [{ ...good, specificationVersion: undefined }, /@scope\/plugin has specificationVersion undefined/],
    [{ ...good, version: '' }, /@scope\/plugin has no version/],
    [{ ...good, register: {} }, /@scope\/plugin has no register/],
  ])('rejects %o', (plugin, message) => {
    const define = (): Plugin => definePlugin(plugin as unknown as Plugin);
    expect(define).toThrow(expect.objectContaining({ code: 'Config', message: expect.stringMatching(message) }));
  });
});
