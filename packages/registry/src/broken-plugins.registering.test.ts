import { describe, expect, it, vi } from 'vitest';
import { FerrumError } from './errors.js';
import { deferred, fakeDescriptor, fakePlugin, healthyLabel, hostBeside, never, pluginOf } from './testing/fakes.js';

describe('a plugin that does not register', () => {
  it.each<[string, unknown, Failure]>([
    ['is no object', 'llm', { name: 'plugins[0]', code: 'Config', message: /plugins\[0\]: .*not 'llm'/ }],
    ['is missing', undefined, { name: 'plugins[0]', code: 'Config', message: /plugins\[0\]: .*not undefined/ }],
    [
      'has no name',
      { ...pluginOf(), name: 7 },
      { name: 'plugins[0]', version: '1.0.0', code: 'Config', message: /plugins\[0\]: .*not 7/ },
    ],
    [
      'is of another specification',
      { ...pluginOf({}, 'newer'), specificationVersion: '9' },
      { name: 'newer', version: '1.0.0', code: 'Config', message: /newer has specificationVersion '9'/ },
    ],
    [
      'cannot register',
      { ...pluginOf({}, 'empty'), register: undefined },
      { name: 'empty', version: '1.0.0', code: 'Config', message: /empty has no register/ },
    ],
    [
      'cannot even be looked at',
      Object.defineProperty({ ...pluginOf() }, 'name', {
        get: () => {
          throw new Error('no peeping');
        },
      }),
      { name: 'plugins[0]', code: 'Config', message: /plugins\[0\] failed to register: no peeping/ },
    ],
    [
      'throws an error of its own',
      fakePlugin('fussy', () => {
        throw new FerrumError('Device', 'no such chip', { details: { chip: 9 } });
      }),
      { name: 'fussy', version: '1.0.0', code: 'Device', message: /^Plugin fussy failed to register: no such chip$/ },
    ],
    [
      'has no end of registering',
      fakePlugin('endless', () => never),
      { name: 'endless', version: '1.0.0', code: 'Timeout', message: /endless .* 20 ms .* registrationTimeoutMs/ },
    ],
  ])('because it %s is named, and the others serve', async (_, broken, { name, version, code, message }) => {
    await using host = hostBeside([broken], { registrationTimeoutMs: 20 });
    expect(await healthyLabel(host)).toBe('healthy/engine');
    expect(host.plugins).toEqual([
      {
        name,
        ...(version !== undefined && { version }),
        state: 'failed',
        error: expect.objectContaining({ code, message: expect.stringMatching(message) }),
      },
      { name: 'healthy', version: '1.0.0', state: 'registered', engines: ['healthy/engine'] },
    ]);
    expect(host.plugins.every((plugin) => plugin.state !== 'failed' || FerrumError.isInstance(plugin.error))).toBe(
      true,
    );
  });

  it('because one of its name has is named, and the first serves', async () => {
    const twice = pluginOf({ id: 'twice/engine', score: 90 }, 'twice');
    await using host = hostBeside([twice, twice, pluginOf({ id: 'other/engine' }, 'twice')]);
    expect((await host.resolve('fake', { model: 'm' })).label).toBe('twice/engine');
    const second = { name: 'twice', version: '1.0.0', state: 'failed', error: { code: 'AlreadyExists' } };
    expect(host.plugins).toMatchObject([
      { name: 'twice', state: 'registered', engines: ['twice/engine'] },
      { ...second, error: { message: expect.stringContaining('plugins[1] is a second plugin named twice') } },
      { ...second, error: { message: expect.stringContaining('plugins[2] is a second plugin named twice') } },
      { name: 'healthy', state: 'registered' },
    ]);
  });

  it('in time has nothing of it taken up when it is done after all', async () => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const slow = deferred();
    const plugin = fakePlugin('slow', async (registry) => {
      registry.register(fakeDescriptor({ id: 'slow/early', score: 90 }));
      await slow.promise;
      registry.register(fakeDescriptor({ id: 'slow/late', score: 90 }));
    });
    await using host = hostBeside([plugin], { registrationTimeoutMs: 0 });
    expect((await host.resolve('fake', { model: 'm' })).label).toBe('healthy/engine');
    slow.resolve();
    expect((await host.explain('fake', { model: 'm' })).candidates.map(({ id }) => id)).toEqual(['healthy/engine']);
    expect(warning.mock.calls).toMatchObject([[{ code: 'Config', message: expect.stringContaining('Plugin slow') }]]);
    warning.mockRestore();
  });

  it('is no failure when the host is disposed meanwhile', async () => {
    const host = hostBeside([fakePlugin('endless', () => never)], { registrationTimeoutMs: Number.POSITIVE_INFINITY });
    await host.dispose();
    expect(host.plugins).toEqual([]);
  });
});

interface Failure {
  readonly name: string;
  readonly version?: string;
  readonly code: string;
  readonly message: RegExp;
}
