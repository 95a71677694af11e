import type { EngineDescriptor, ModelManifest, ModelStore, Plugin, PluginRegistry } from '@ferrum/interfaces';
import { describe, expect, it, vi } from 'vitest';
import { createHost, type HostOptions } from './create-host.js';
import { FerrumError } from './errors.js';
import { deferred, fakeDescriptor, fakeEngine, fakePlugin, pluginOf, settled } from './testing/fakes.js';

const request = { model: 'some-model' };

const storeOf = (id: string, inspect: ModelStore['inspect']): ModelStore => ({
  id,
  cacheDirectory: `cache-of-${id}`,
  inspect,
  pull: () => Promise.reject(new Error('not in this test')),
});

/** Disposed before its plugin has registered. */
function createDisposed() {
  const host = createHost({ plugins: [fakePlugin('never', () => new Promise(() => {}))] });
  void host.dispose();
  return host;
}

describe('createHost', () => {
  it('resolves by capability, and `await using` disposes', async () => {
    const close = vi.fn();
    {
      await using host = createHost({ plugins: [pluginOf({ create: async () => fakeEngine('mine', close) })] });
      const engine = await host.resolve('fake', request);
      expect(engine.label).toBe('mine');
      expect(close).not.toHaveBeenCalled();
    }
    expect(close).toHaveBeenCalledOnce();
  });

  it.each<[string, unknown, string, RegExp]>([
    ['no options', undefined, 'Config', /plugins must be an array/],
    ['no plugins', {}, 'Config', /plugins must be an array, not undefined/],
    ['a negative timeout', { plugins: [], idleTimeoutMs: -1 }, 'Config', /idleTimeoutMs .* not -1/],
    ['a time-out that is no number', { plugins: [], openTimeoutMs: Number.NaN }, 'Config', /openTimeoutMs .* not NaN/],
    [
      'a registration in no time',
      { plugins: [], registrationTimeoutMs: null },
      'Config',
      /registrationTimeoutMs .* not null/,
    ],
    ['a match before it is asked', { plugins: [], matchTimeoutMs: -5 }, 'Config', /matchTimeoutMs .* not -5/],
    ['a closing of thirty days', { plugins: [], closeTimeoutMs: 2.6e9 }, 'Config', /closeTimeoutMs/],
    ['a timeout that timers cannot hold', { plugins: [], idleTimeoutMs: 2 ** 31 }, 'Config', /idleTimeoutMs/],
    ['a timeout in words', { plugins: [], idleTimeoutMs: '5 min' }, 'Config', /not '5 min'/],
    ['a preference that is no list', { plugins: [], prefer: 'x' }, 'Config', /prefer/],
    ['a store without methods', { plugins: [], models: {} }, 'Config', /models: a model store has/],
  ])('refuses %s', (_, options, code, message) => {
    const create = (): unknown => createHost(options as HostOptions);
    expect(create).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  it('works with plugins and errors of another copy of this package', async () => {
    vi.resetModules();
    const copy = await import('./index.js');
    const foreign = copy.definePlugin(
      pluginOf({ create: () => Promise.reject(new copy.FerrumError('Device', 'no memory')) }),
    );
    const host = createHost({ plugins: [foreign] });
    const error: unknown = await host.resolve('fake', request).catch((thrown: unknown) => thrown);
    expect(copy.FerrumError).not.toBe(FerrumError);
    expect(FerrumError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ code: 'Device', message: 'no memory' });
  });
});

describe('registration', () => {
  it('knows synchronous plugins at once and waits for the others', async () => {
    const ready = deferred();
    const host = createHost({
      plugins: [
        pluginOf({ id: 'a/engine' }, 'a'),
        fakePlugin('b', async (registry) => {
          await ready.promise;
          registry.register(fakeDescriptor({ id: 'b/engine', score: 90 }));
        }),
      ],
    });
    expect(host.plugins).toEqual([{ name: 'a', version: '1.0.0', state: 'registered', engines: ['a/engine'] }]);
    const engine = host.resolve('fake', request);
    ready.resolve();
    expect((await engine).label).toBe('b/engine');
    expect(host.plugins.map(({ name, state }) => [name, state])).toEqual([
      ['a', 'registered'],
      ['b', 'registered'],
    ]);
  });

  it('rolls back a plugin that fails, names it, and goes on', async () => {
    const failing = [
      fakePlugin('throws', (registry) => {
        registry.register(fakeDescriptor({ id: 'throws/engine', score: 100 }));
        registry.provideModels(storeOf('rolled-back', () => Promise.reject(new Error('must not be asked'))));
        throw new Error('no such library');
      }),
      fakePlugin('rejects', () => Promise.reject('just a string')),
    ];
    const host = createHost({ plugins: [...failing, pluginOf({ id: 'fine/engine' }, 'fine')] });
    expect((await host.resolve('fake', request)).label).toBe('fine/engine');
    expect(host.plugins).toMatchObject([
      {
        name: 'throws',
        state: 'failed',
        error: { code: 'Config', message: 'Plugin throws failed to register: no such library' },
      },
      { name: 'rejects', state: 'failed', error: { message: 'Plugin rejects failed to register: just a string' } },
      { name: 'fine', state: 'registered' },
    ]);
    await expect(host.resolve('embedding', request)).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringContaining('- throws: Plugin throws failed to register: no such library'),
    });
  });

  it('does not wait for ever for a store that says nothing', async () => {
    const models = storeOf('silent', () => new Promise(() => {}));
    const host = createHost({ plugins: [pluginOf({})], models, matchTimeoutMs: 5 });
    await expect(host.resolve('fake', request)).rejects.toMatchObject({
      code: 'Timeout',
      message: expect.stringMatching(/store silent .*some-model.*matchTimeoutMs/),
    });
  });

  it('says when every plugin has registered, or failed to', async () => {
    const late = deferred<void>();
    const host = createHost({ plugins: [fakePlugin('late', () => late.promise), pluginOf({}, 'second')] });
    expect(host.plugins).toEqual([]);
    late.resolve();
    expect((await host.ready()).map(({ name }) => name)).toEqual(['late', 'second']);
    await host.dispose();
    await expect(createDisposed().ready()).rejects.toMatchObject({ code: 'Cancelled' });
  });

  it('rejects an engine id that is taken, by the plugin itself or by another', async () => {
    const twice = fakePlugin('twice', (registry) => {
      registry.register(fakeDescriptor({ id: 'twice/engine' }));
      registry.register(fakeDescriptor({ id: 'twice/engine' }));
    });
    const host = createHost({ plugins: [pluginOf({}, 'first'), pluginOf({}, 'second'), twice] });
    await host.explain('fake', request);
    expect(host.plugins).toMatchObject([
      { name: 'first', state: 'registered' },
      {
        name: 'second',
        state: 'failed',
        error: {
          code: 'AlreadyExists',
          message: 'Plugin second registers engine fake-plugin/engine, which plugin first has registered already.',
        },
      },
      { name: 'twice', state: 'failed', error: { code: 'AlreadyExists' } },
    ]);
  });

  it.each([
    [undefined, /an engine without an id/],
    [{ id: '' }, /an engine without an id/],
    [{ specificationVersion: '2' }, /fake-plugin\/engine with specificationVersion '2'/],
    [{ capability: undefined }, /without a capability/],
    [{ match: undefined }, /without a match/],
    [{ create: 3 }, /without a create/],
    [{ features: 'streaming' }, /features are not a list/],
    [{ device: '' }, /without a device/],
    [{ models: 'x' }, /models are not a list/],
    [{ schemes: 'remote' }, /schemes are not a list/],
    [{ schemes: ['remote:'] }, /schemes are not a list/],
    [{ schemes: ['c'] }, /schemes are not a list/],
    [{ schemes: ['hf'] }, /none of hf, npm/],
  ])('rejects a descriptor with %o', async (wrong, message) => {
    const descriptor = wrong && { ...fakeDescriptor(), ...wrong };
    const plugin = fakePlugin('careless', (registry) => registry.register(descriptor as unknown as EngineDescriptor));
    const host = createHost({ plugins: [plugin] });
    expect(host.plugins).toMatchObject([
      { name: 'careless', state: 'failed', error: { code: 'Config', message: expect.stringMatching(message) } },
    ]);
    expect(host.plugins[0]).toMatchObject({ error: { message: expect.stringContaining('Plugin careless') } });
  });

  it('takes up nothing after the end of registration, and warns of it', () => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    let registry: PluginRegistry | undefined;
    const host = createHost({
      plugins: [
        fakePlugin('late', (given) => {
          registry = given;
        }),
      ],
    });
    const late = expect.objectContaining({ code: 'Config', message: expect.stringContaining('Plugin late') });
    registry?.register(fakeDescriptor());
    registry?.provideModels(storeOf('x', async (reference) => ({ reference })));
    expect(warning.mock.calls).toEqual([[late], [late]]);
    expect(host.plugins).toMatchObject([{ name: 'late', state: 'registered', engines: [] }]);
    warning.mockRestore();
  });
});

describe('models', () => {
  const seen: unknown[] = [];
  const watching = (providers: readonly ModelStore[]): Plugin =>
    fakePlugin('watching', (registry) => {
      for (const store of providers) registry.provideModels(store);
      registry.register({
        ...fakeDescriptor(),
        match: (manifest) => {
          seen.push(manifest);
          return { score: 1, reason: 'anything' };
        },
        create: async ({ model, models }) => fakeEngine(`${model.architecture} from ${models?.id}`),
      });
    });

  it('come from the host option, else from the first plugin that provides a store', async () => {
    const store = (id: string): ModelStore => storeOf(id, async (reference) => ({ reference, architecture: id }));
    const plugin = watching([store('first'), store('second'), store('first')]);
    const label = async (options: HostOptions): Promise<string> =>
      (await createHost(options).resolve('fake', request)).label;
    expect(await label({ plugins: [plugin] })).toBe('first from first');
    expect(await label({ plugins: [plugin], models: store('mine') })).toBe('mine from mine');
    seen.length = 0;
    expect(await label({ plugins: [watching([])] })).toBe('undefined from undefined');
    expect(seen).toEqual([{ reference: 'some-model' }]);
  });

  it('that are not found pass the store’s error through; another failure of the store is named', async () => {
    const notFound = new FerrumError('NotFound', 'No model smolm2; did you mean smollm2:135m?');
    const resolveWith = (failure: unknown): Promise<unknown> =>
      createHost({ plugins: [pluginOf()], models: storeOf('catalogue', () => Promise.reject(failure)) })
        .resolve('fake', request)
        .catch((thrown: unknown) => thrown);
    expect(await resolveWith(notFound)).toBe(notFound);
    const nothing = createHost({ plugins: [pluginOf()], models: storeOf('empty', async () => null as never) });
    await expect(nothing.resolve('fake', request)).rejects.toMatchObject({
      code: 'Model',
      message: 'Model store empty could not inspect some-model: it answered null',
    });
    const cause = new Error('bad header');
    expect(await resolveWith(cause)).toMatchObject({
      code: 'Model',
      cause,
      message: 'Model store catalogue could not inspect some-model: bad header',
    });
  });
});

describe('models of the engines themselves', () => {
  const asked: string[] = [];
  const models = storeOf('catalogue', async (reference) => {
    asked.push(reference);
    return { reference, format: 'gguf' };
  });
  const seen: ModelManifest[] = [];
  const own = (id: string, facts: Partial<EngineDescriptor>): Plugin =>
    fakePlugin(id, (registry) =>
      registry.register({
        ...fakeDescriptor({ id }),
        ...facts,
        match: (manifest) => {
          seen.push(manifest);
          return { score: manifest.format === undefined ? 50 : 0, reason: 'knows it' };
        },
      } as EngineDescriptor),
    );

  it.each([
    ['by name', 'espeak-ng', { models: ['espeak-ng'] }, { name: 'espeak-ng' }],
    ['by scheme', 'remote:some/model:8b', { schemes: ['elsewhere', 'remote'] }, {}],
  ])('%s are asked of no store, whatever they are resolved for', async (_, model, facts, name) => {
    asked.length = 0;
    seen.length = 0;
    const host = createHost({ plugins: [own('own/engine', facts), pluginOf({ score: 0 })], models });
    expect((await host.resolve('fake', { model })).label).toBe('own/engine');
    expect(seen).toEqual([{ reference: model, ...name, capabilities: ['fake'] }]);
    const plugins = [own('own/engine', facts), own('other/engine', { capability: 'speech' })];
    await createHost({ plugins, models }).explain('speech', { model });
    expect(asked).toEqual([]);
  });

  const named = (id: string, match: EngineDescriptor['match']): Plugin =>
    fakePlugin(id, (registry) => registry.register({ ...fakeDescriptor({ id }), models: ['mine'], match }));

  it('are opened by another engine only where the store has them, too', async () => {
    const broken = named('own/broken', () => {
      throw new Error('no');
    });
    const nothing = storeOf('catalogue', () => Promise.reject(new FerrumError('NotFound', 'There is no model mine.')));
    const candidates = expect.arrayContaining([
      { id: 'own/broken', plugin: 'own/broken', reason: 'match() failed: no' },
      expect.objectContaining({ plugin: 'fake-plugin', reason: 'model store catalogue: There is no model mine.' }),
    ]);
    const resolve = (plugin: Plugin, store: ModelStore, prefer: readonly string[] = []) =>
      createHost({ plugins: [plugin, pluginOf({ score: 10 })], models: store }).resolve('fake', {
        model: 'mine',
        prefer,
      });
    await expect(resolve(broken, nothing)).rejects.toMatchObject({ code: 'Unsupported', details: { candidates } });
    expect((await resolve(broken, models)).label).toBe('fake-plugin/engine');

    const sound = named('own/sound', () => ({ score: 50, reason: 'knows it' }));
    expect((await resolve(sound, models, ['fake-plugin'])).label).toBe('fake-plugin/engine');
    expect((await resolve(sound, nothing, ['fake-plugin'])).label).toBe('own/sound');
  });

  it('leave the others to the store', async () => {
    asked.length = 0;
    const host = createHost({ plugins: [own('own/engine', { schemes: ['remote'] }), pluginOf()], models });
    for (const model of ['remote', 'remotely:x', 'a/remote:x', 'Remote:x']) {
      expect((await host.resolve('fake', { model })).label).toBe('fake-plugin/engine');
    }
    expect(asked).toEqual(['remote', 'remotely:x', 'a/remote:x', 'Remote:x']);
  });
});

describe('resolution by a host', () => {
  const plugins = [pluginOf({ id: 'a/1' }, 'a'), pluginOf({ id: 'b/1', score: 90 }, 'b'), pluginOf({ id: 'c/1' }, 'c')];

  it('puts the preference of the request before that of the host', async () => {
    const host = createHost({ plugins, prefer: ['a/1'] });
    expect((await createHost({ plugins }).resolve('fake', request)).label).toBe('b/1');
    expect((await host.resolve('fake', request)).label).toBe('a/1');
    expect((await host.resolve('fake', { ...request, prefer: ['c'] })).label).toBe('c/1');
  });

  it('explains without opening anything', async () => {
    const create = vi.fn();
    const host = createHost({ plugins: [pluginOf({ create }), pluginOf({ id: 'other', score: 0 }, 'other')] });
    expect(await host.explain('fake', request)).toEqual({
      capability: 'fake',
      model: 'some-model',
      candidates: [
        { id: 'fake-plugin/engine', plugin: 'fake-plugin', chosen: true, score: 50, reason: 'opens it' },
        { id: 'other', plugin: 'other', chosen: false, score: 0, reason: 'cannot open it' },
      ],
    });
    expect(create).not.toHaveBeenCalled();
    expect(host.openEngines()).toEqual([]);
    expect((await host.explain('embedding', request)).candidates).toEqual([]);
  });

  it('does not fall back to another engine when the best one fails to open', async () => {
    const cause = new TypeError('bad tensor');
    const failing = pluginOf({ id: 'best/engine', score: 90, create: () => Promise.reject(cause) }, 'best');
    await expect(createHost({ plugins: [failing, ...plugins] }).resolve('fake', request)).rejects.toMatchObject({
      code: 'Backend',
      cause,
      message: 'best/engine (plugin best) could not open model some-model: bad tensor',
    });
  });

  it('refuses what cannot be closed', async () => {
    const create = (async () => ({ label: 'leaky' })) as unknown as () => Promise<never>;
    await expect(createHost({ plugins: [pluginOf({ create })] }).resolve('fake', request)).rejects.toMatchObject({
      code: 'Backend',
      message: expect.stringContaining('did not return an engine'),
    });
  });

  it.each<[string, unknown]>([
    ['capability', undefined],
    ['model', undefined],
    ['model', ''],
    ['features', 'lora'],
    ['prefer', [1]],
    ['options', []],
    ['signal', {}],
    ['onProgress', true],
  ])('rejects a wrong %s: %o', async (parameter, value) => {
    const host = createHost({ plugins });
    const capability = parameter === 'capability' ? (value as 'fake') : 'fake';
    const wrong = parameter === 'capability' ? request : { ...request, [parameter]: value };
    const expected = { code: 'InvalidParameter', details: { parameter } };
    await expect(host.resolve(capability, wrong)).rejects.toMatchObject(expected);
    await expect(host.lease(capability, wrong)).rejects.toMatchObject(expected);
    await expect(host.explain(capability, wrong)).rejects.toMatchObject(expected);
  });

  it('can be cancelled while a plugin is still registering', async () => {
    const host = createHost({ plugins: [fakePlugin('slow', () => new Promise(() => {}))] });
    const controller = new AbortController();
    const resolving = host.resolve('fake', { ...request, signal: controller.signal });
    const disposing = host.lease('fake', request);
    controller.abort('enough');
    await expect(resolving).rejects.toMatchObject({ code: 'Cancelled', cause: 'enough' });
    await settled();
    await host.dispose();
    await expect(disposing).rejects.toMatchObject({ code: 'Cancelled' });
  });
});
