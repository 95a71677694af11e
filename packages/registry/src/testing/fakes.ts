import type {
  EngineContext,
  EngineDescriptor,
  Host,
  ModelMatch,
  Plugin,
  PluginRegistry,
  ResolveRequest,
} from '@ferrum/interfaces';
import { createHost, type HostOptions } from '../create-host.js';

/** A capability of the tests' own, added the way a third party adds one. */
export interface FakeEngine extends AsyncDisposable {
  readonly label: string;
}

declare module '@ferrum/interfaces' {
  interface CapabilityMap {
    fake: FakeEngine;
  }
}

export type Create = (context: EngineContext) => Promise<FakeEngine>;

export interface FakeDescriptorOptions {
  readonly id?: string;
  readonly features?: readonly string[];
  readonly score?: number;
  readonly match?: () => ModelMatch | Promise<ModelMatch>;
  readonly create?: Create;
}

export function fakeDescriptor(options: FakeDescriptorOptions = {}): EngineDescriptor<'fake'> {
  const { id = 'fake-plugin/engine', features = [], score = 50 } = options;
  return {
    specificationVersion: '1',
    id,
    capability: 'fake',
    features,
    device: 'cpu',
    match: options.match ?? (() => ({ score, reason: score > 0 ? 'opens it' : 'cannot open it' })),
    create: options.create ?? (async () => fakeEngine(id)),
  };
}

export function fakePlugin(
  name: string,
  register: (registry: PluginRegistry) => void | Promise<void>,
  version = '1.0.0',
): Plugin {
  return { specificationVersion: '1', name, version, register };
}

/** A plugin of one engine. */
export function pluginOf(options: FakeDescriptorOptions = {}, name = 'fake-plugin'): Plugin {
  return fakePlugin(name, (registry) => registry.register(fakeDescriptor(options)));
}

export function fakeEngine(label: string, close: () => void | Promise<void> = () => {}): FakeEngine {
  return {
    label,
    async [Symbol.asyncDispose]() {
      await close();
    },
  };
}

/** A host of one plugin whose engines are called by id: `host.resolve('fake', to('a'))`. */
export function hostOf(engines: Readonly<Record<string, Create>>, idleTimeoutMs?: number): Host {
  const plugin = fakePlugin('fakes', (registry) => {
    for (const [id, create] of Object.entries(engines)) registry.register(fakeDescriptor({ id, create }));
  });
  return createHost({ plugins: [plugin], ...(idleTimeoutMs !== undefined && { idleTimeoutMs }) });
}

/** A host that lists a plugin beside a broken one: the last, with the lowest score, so that it serves where no other does. */
export function hostBeside(broken: readonly unknown[], options: Omit<HostOptions, 'plugins'> = {}): Host {
  const healthy = pluginOf({ id: 'healthy/engine', score: 1 }, 'healthy');
  return createHost({ ...options, plugins: [...(broken as readonly Plugin[]), healthy] });
}

/** What the healthy plugin of `hostBeside` gives. */
export async function healthyLabel(host: Host): Promise<string> {
  return (await host.resolve('fake', { model: 'served', prefer: ['healthy'] })).label;
}

export const never: Promise<never> = new Promise(() => {});

export const request: ResolveRequest = { model: 'm' };

export const to = (id: string): ResolveRequest => ({ ...request, prefer: [id] });

export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

export function deferred<T = void>(): Deferred<T> {
  let settle: Omit<Deferred<T>, 'promise'> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  if (settle === undefined) throw new Error('The executor of a promise runs at once.');
  return { promise, ...settle };
}

/** Long enough for everything that waits only for promises. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}
