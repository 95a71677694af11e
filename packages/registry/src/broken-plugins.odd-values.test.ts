import { inspect } from 'node:util';
import type { EngineDescriptor, ModelManifest } from '@ferrum/interfaces';
import { describe, expect, it, vi } from 'vitest';
import { FerrumError } from './errors.js';
import { fakeDescriptor, fakeEngine, fakePlugin, healthyLabel, hostBeside, pluginOf, to } from './testing/fakes.js';

const broken = (): never => {
  throw new Error('no peeping');
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();

const unreadable = 'something that cannot be read';
const oddities: readonly (readonly [string, unknown, string])[] = [
  ['a revoked proxy', revoked.proxy, unreadable],
  ['a proxy whose every trap fails', new Proxy({}, { get: broken, has: broken, getPrototypeOf: broken }), unreadable],
  ['an error without a readable message', Object.defineProperty(new Error(), 'message', { get: broken }), unreadable],
  ['what cannot be inspected', { [inspect.custom]: broken }, unreadable],
  ['a FerrumError in name only', { [Symbol.for('@ferrum/error')]: true }, 'Symbol(@ferrum/error)'],
  ['an error whose message is a number', Object.assign(new Error(), { message: 42 }), '42'],
  ['nothing', undefined, 'undefined'],
];

describe('a plugin that throws', () => {
  it.each(oddities)('%s while it registers is named, and the others serve', async (_, thrown, text) => {
    const odd = fakePlugin('odd', () => {
      throw thrown;
    });
    await using host = hostBeside([odd]);
    expect(await healthyLabel(host)).toBe('healthy/engine');
    const message = expect.stringMatching(/^Plugin odd failed to register: /);
    expect(host.plugins[0]).toMatchObject({ name: 'odd', state: 'failed', error: { code: 'Config', message } });
    expect(host.plugins[0]).toMatchObject({ error: { message: expect.stringContaining(text) } });
  });

  it.each(oddities)('%s while it matches, opens or closes is named, and the others serve', async (_, thrown) => {
    const fail = (): never => {
      throw thrown;
    };
    const odd = fakePlugin('odd', (registry) => {
      registry.register(fakeDescriptor({ id: 'matches', match: fail }));
      registry.register(fakeDescriptor({ id: 'opens', create: async () => fail() }));
      registry.register(fakeDescriptor({ id: 'closes', create: async () => fakeEngine('closes', fail) }));
    });
    const closed = vi.fn();
    const host = hostBeside([pluginOf({ id: 'fine', create: async () => fakeEngine('fine', closed) }, 'fine'), odd]);
    expect((await host.resolve('fake', to('fine'))).label).toBe('fine');
    expect(await host.explain('fake', to('matches'))).toMatchObject({
      candidates: expect.arrayContaining([
        { id: 'matches', plugin: 'odd', chosen: false, score: 0, reason: expect.stringMatching(/^match\(\) failed: /) },
      ]),
    });
    await expect(host.resolve('fake', to('opens'))).rejects.toMatchObject({
      code: 'Backend',
      message: expect.stringMatching(/^opens \(plugin odd\) could not open model m: /),
    });
    await host.resolve('fake', to('closes'));
    const message = expect.stringMatching(/^closes \(plugin odd\) with m could not be closed: /);
    await expect(host.dispose()).rejects.toMatchObject({ errors: [{ code: 'Backend', message }] });
    expect(closed).toHaveBeenCalledOnce();
  });
});

describe('a plugin that changes its descriptor after it has registered', () => {
  it.each<[string, Record<string, unknown>]>([
    ['features', { features: undefined }],
    ['models', { models: new Proxy([], { get: broken }) }],
    ['schemes', { schemes: 7 }],
    ['capability', { capability: Symbol('fake') }],
    ['id', { id: 'healthy/engine' }],
    ['match', { match: undefined }],
  ])('(its %s) changes nothing', async (_, change) => {
    const descriptor = fakeDescriptor({ id: 'fickle/engine' });
    const fickle = fakePlugin('fickle', (registry) => {
      registry.register(descriptor);
      Object.assign(descriptor, change);
    });
    await using host = hostBeside([fickle]);
    expect(await healthyLabel(host)).toBe('healthy/engine');
    const { candidates } = await host.explain('fake', { model: 'm', features: [] });
    expect(candidates.map(({ id }) => id)).toEqual(['fickle/engine', 'healthy/engine']);
    expect((await host.resolve('fake', to('fickle'))).label).toBe('fickle/engine');
  });

  it('still has its own object as `this`', async () => {
    class Descriptor {
      readonly #score = 90;
      readonly specificationVersion = '1';
      readonly id = 'class/engine';
      readonly capability = 'fake';
      readonly features: readonly string[] = [];
      readonly device = 'cpu';
      match() {
        return { score: this.#score, reason: 'opens it' };
      }
      async create() {
        return fakeEngine(this.id);
      }
    }
    const descriptor: EngineDescriptor<'fake'> = new Descriptor();
    await using host = hostBeside([fakePlugin('class', (registry) => registry.register(descriptor))]);
    expect((await host.resolve('fake', { model: 'm' })).label).toBe('class/engine');
  });
});

describe('a plugin that changes the manifest it is asked about', () => {
  it('is refused, and the others see what the store said', async () => {
    const seen: ModelManifest[] = [];
    const meddling = fakePlugin('meddling', (registry) =>
      registry.register({
        ...fakeDescriptor({ id: 'meddling/engine' }),
        match: (model) => {
          Object.assign(model, { reference: 'another' });
          return { score: 90, reason: 'opens anything' };
        },
      }),
    );
    const watching = fakePlugin('watching', (registry) =>
      registry.register({
        ...fakeDescriptor({ id: 'watching/engine' }),
        create: async ({ model }) => {
          seen.push(model);
          return fakeEngine('watching/engine');
        },
      }),
    );
    await using host = hostBeside([meddling, watching]);
    expect((await host.resolve('fake', { model: 'm' })).label).toBe('watching/engine');
    expect(seen).toEqual([{ reference: 'm' }]);
    const { candidates } = await host.explain('fake', { model: 'm' });
    const reason = expect.stringMatching(/^match\(\) failed: .*read only/);
    expect(candidates).toContainEqual({ id: 'meddling/engine', plugin: 'meddling', chosen: false, score: 0, reason });
  });
});

describe('what only looks like a FerrumError', () => {
  it.each(oddities)('(%s) is none', (_, value) => {
    expect(FerrumError.isInstance(value)).toBe(false);
  });
});
