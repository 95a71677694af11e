import { describe, expect, it } from 'vitest';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { testServer } from '../testing/test-server.js';
import { checkSettings } from './check-settings.js';
import { defineConfig, serveConfigSchema } from './define-config.js';
import { serverSettingsSchema, withDefaults } from './server-settings.js';

const check = (value: unknown) => () => checkSettings(serveConfigSchema, value, 'ferrum.config.json');

describe('checkSettings', () => {
  it('passes on what is right', () => {
    const config = defineConfig({
      $schema: './schema.json',
      hostname: '0.0.0.0',
      port: 0,
      apiKeys: ['a-long-key', { sha256: 'a'.repeat(64), name: 'b', requestsPerMinute: 5 }],
      models: ['smollm2:135m', { model: 'x', aliases: ['y'], options: { threads: 2 } }],
      limits: { jsonBytes: 1000 },
      timeouts: { headersSeconds: 0.5 },
      idleTimeoutSeconds: 0,
    });
    expect(check(config)()).toBe(config);
  });

  it.each([
    ['an unknown setting', { prot: 1 }, 'prot', /^ferrum\.config\.json: there is no setting prot\./],
    ['an unknown nested setting', { limits: { jsonByte: 1 } }, 'limits.jsonByte', /no setting limits\.jsonByte/],
    [
      'an unknown setting of a model',
      { models: ['a', { model: 'x', name: 'y' }] },
      'models.1.name',
      /no setting models\.1\.name/,
    ],
    ['another type', { port: '8080' }, 'port', /port must be integer/],
    ['a number out of range', { port: 70_000 }, 'port', /port must be <= 65535/],
    ['a time-out of 0', { timeouts: { bodySeconds: 0 } }, 'timeouts.bodySeconds', /must be > 0/],
    [
      'a time-out that no timer holds',
      { timeouts: { bodySeconds: 3e6 } },
      'timeouts.bodySeconds',
      /must be <= 2000000/,
    ],
    ['an infinite number', { limits: { inputs: Number.POSITIVE_INFINITY } }, 'limits.inputs', /integer/],
    ['not a number', { idleTimeoutSeconds: Number.NaN }, 'idleTimeoutSeconds', /number/],
    ['a word that is none of those', { logLevel: 'loud' }, 'logLevel', /one of|equal to/],
    ['a key that is too short', { apiKeys: ['short'] }, 'apiKeys.0', /fewer than 8/],
    ['a hash that is none', { apiKeys: [{ sha256: 'x' }] }, 'apiKeys.0.sha256', /pattern/],
    ['a list', [], '', /it must be object/],
    ['null', null, '', /it must be object/],
  ])('refuses %s', (_, value, setting, message) => {
    expect(check(value)).toThrow(
      expect.objectContaining({ code: 'Config', message: expect.stringMatching(message), details: { setting } }),
    );
  });

  it('never shows a key', () => {
    for (const apiKeys of [['secret1'], [{ key: 'secret1' }], [{ key: 'secret1', nmae: 'x' }]]) {
      let message = '';
      try {
        check({ apiKeys })();
      } catch (error) {
        message = JSON.stringify([String(error), error]);
      }
      expect(message).toContain('apiKeys');
      expect(message).not.toContain('secret1');
    }
  });

  it('is asked by createServer, which takes nothing that it does not know', async () => {
    await expect(testServer({}, { models: [], port: -1 })).rejects.toMatchObject({
      code: 'Config',
      message: expect.stringContaining('createServer()'),
    });
    await expect(testServer({}, { models: [], limit: {} } as object)).rejects.toMatchObject({ code: 'Config' });
    await expect(testServer({}, { models: [] })).rejects.toMatchObject({ code: 'Config' });
    await expect(testServer({}, { models: [{ model: '' }] })).rejects.toMatchObject({
      code: 'Config',
      message: expect.stringContaining('models.0'),
    });
    await expect(
      testServer({ 'text-generation': fakeLanguageModel().engine }, { apiKeys: [{}] }),
    ).rejects.toMatchObject({
      code: 'Config',
      message: expect.stringContaining('apiKeys.0'),
    });
  });
});

describe('withDefaults', () => {
  it('is safe without any setting', () => {
    expect(withDefaults({})).toMatchObject({
      hostname: '127.0.0.1',
      port: 8080,
      corsOrigins: [],
      trustProxy: false,
      limits: { jsonBytes: 8 * 2 ** 20, audioBytes: 2 ** 30 },
    });
  });

  it('keeps what is given, and gives settings that would pass as given ones', () => {
    const settings = withDefaults({
      port: 1,
      limits: { inputs: 3 },
      timeouts: { bodySeconds: 2 },
      sessions: { max: 4 },
    });
    expect(settings).toMatchObject({
      port: 1,
      limits: { inputs: 3 },
      timeouts: { bodySeconds: 2 },
      sessions: { max: 4 },
    });
    const plain = JSON.parse(JSON.stringify(settings));
    expect(checkSettings(serverSettingsSchema, plain, 'defaults')).toBe(plain);
  });

  it('names every setting', () => {
    expect(Object.keys(withDefaults({})).sort()).toEqual(Object.keys(serverSettingsSchema.properties).sort());
    for (const group of ['limits', 'timeouts', 'sessions'] as const) {
      expect(Object.keys(withDefaults({})[group]).sort()).toEqual(
        Object.keys(serverSettingsSchema.properties[group].properties).sort(),
      );
    }
  });
});
