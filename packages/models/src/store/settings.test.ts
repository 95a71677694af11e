import { homedir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { readSettings } from './settings.js';

describe('readSettings', () => {
  it('has defaults for an empty environment', () => {
    const settings = readSettings({ environment: {} });
    expect(settings.offline).toBe(false);
    expect(settings.home).toMatch(/ferrum/);
    expect(settings.hub).toEqual({
      endpoint: 'https://huggingface.co',
      cache: join(homedir(), '.cache', 'huggingface', 'hub'),
    });
  });

  it.runIf(process.platform === 'linux')('keeps its things in the XDG cache folder on Linux', () => {
    expect(readSettings({ environment: {} }).home).toBe(join(homedir(), '.cache', 'ferrum'));
    expect(readSettings({ environment: { XDG_CACHE_HOME: '/var/cache/me' } }).home).toBe('/var/cache/me/ferrum');
  });

  it.runIf(process.platform === 'linux')('takes empty variables for unset: nothing lies in the working folder', () => {
    vi.stubEnv('HOME', '');
    try {
      // The user database, where HOME comes from in the first place.
      const cache = join(userInfo().homedir, '.cache');
      const environment = { HOME: '', XDG_CACHE_HOME: '', FERRUM_HOME: '', HF_HOME: '', HF_HUB_CACHE: '' };
      expect(readSettings({ environment })).toMatchObject({
        home: join(cache, 'ferrum'),
        hub: { cache: join(cache, 'huggingface', 'hub') },
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('reads the variables, and lets options come first', () => {
    const environment = {
      FERRUM_HOME: 'a',
      FERRUM_OFFLINE: '1',
      HF_ENDPOINT: 'http://h/x/',
      HF_TOKEN: 't',
      HF_HOME: 'b',
    };
    expect(readSettings({ environment })).toMatchObject({
      home: resolve('a'),
      offline: true,
      hub: { endpoint: 'http://h/x', token: 't', cache: resolve('b', 'hub') },
    });
    expect(readSettings({ environment, home: 'c', offline: false })).toMatchObject({
      home: resolve('c'),
      offline: false,
    });
    expect(readSettings({ environment: { ...environment, HF_HUB_CACHE: 'd' } }).hub.cache).toBe(resolve('d'));
  });

  it.each([
    ['', false],
    ['0', false],
    ['false', false],
    ['1', true],
    ['true', true],
    ['yes', true],
  ])('takes FERRUM_OFFLINE=%s for %s', (value, offline) => {
    expect(readSettings({ environment: { FERRUM_OFFLINE: value } }).offline).toBe(offline);
  });

  it('rejects an endpoint that is no URL', () => {
    expect(() => readSettings({ environment: { HF_ENDPOINT: 'hub' } })).toThrow(
      expect.objectContaining({ code: 'Config' }),
    );
  });
});
