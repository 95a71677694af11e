import type { EngineDescriptor, ModelStore, Plugin, PluginStatus } from '@ferrum/interfaces';
import type { Container } from './container.js';
import { kindOf } from './define-plugin.js';
import { FerrumError } from './errors.js';
import { messageOf } from './message-of.js';

export interface Registration {
  /** In order; grows until `finished`. */
  readonly statuses: readonly PluginStatus[];
  /** Never rejects: a plugin that fails is in `statuses`. */
  readonly finished: Promise<void>;
}

/** Lets each plugin register, one after the other, so that registration order is the order of the list. */
export function registerPlugins(plugins: readonly Plugin[], container: Container, stop: AbortSignal): Registration {
  const statuses: PluginStatus[] = [];
  return { statuses, finished: registerInOrder(plugins, container, stop, statuses) };
}

async function registerInOrder(
  plugins: readonly Plugin[],
  container: Container,
  stop: AbortSignal,
  statuses: PluginStatus[],
): Promise<void> {
  for (const plugin of plugins) {
    if (stop.aborted) return;
    const { name, version } = plugin;
    const staged = new StagedRegistrations(name, container);
    try {
      const pending = plugin.register({
        register: (descriptor) => staged.register(descriptor),
        provideModels: (store) => staged.provideModels(store),
      });
      // Not awaited when synchronous, so that `host.plugins` is complete at once in the usual case.
      if (pending !== undefined) await pending;
      statuses.push({ name, version, state: 'registered', engines: staged.commit() });
    } catch (thrown) {
      const error =
        thrown instanceof Error
          ? thrown
          : new FerrumError('Config', `Plugin ${name} failed to register: ${messageOf(thrown)}`, { cause: thrown });
      statuses.push({ name, version, state: 'failed', error });
    } finally {
      staged.end();
    }
  }
}

/** Collects what one plugin registers; none of it counts unless the plugin's register() ends well. */
class StagedRegistrations {
  readonly #plugin: string;
  readonly #container: Container;
  readonly #descriptors: EngineDescriptor[] = [];
  readonly #models: ModelStore[] = [];
  #ended = false;

  constructor(plugin: string, container: Container) {
    this.#plugin = plugin;
    this.#container = container;
  }

  register(descriptor: EngineDescriptor): void {
    this.#assertRegistering();
    assertDescriptor(descriptor, this.#plugin);
    const { id } = descriptor;
    const owner = this.#descriptors.some((staged) => staged.id === id)
      ? this.#plugin
      : this.#container.engine(id)?.plugin;
    if (owner !== undefined) {
      const message = `Plugin ${this.#plugin} registers engine ${id}, which plugin ${owner} has registered already.`;
      throw new FerrumError('AlreadyExists', message, { details: { plugin: this.#plugin, engine: id } });
    }
    this.#descriptors.push(descriptor);
  }

  provideModels(store: ModelStore): void {
    this.#assertRegistering();
    assertModelStore(store, `Plugin ${this.#plugin}: provideModels()`);
    this.#models.push(store);
  }

  /** Returns the ids of the engines. */
  commit(): readonly string[] {
    for (const descriptor of this.#descriptors) this.#container.addEngine({ descriptor, plugin: this.#plugin });
    for (const models of this.#models) this.#container.addModels(models);
    return this.#descriptors.map(({ id }) => id);
  }

  end(): void {
    this.#ended = true;
  }

  #assertRegistering(): void {
    if (!this.#ended) return;
    const message = `Plugin ${this.#plugin} called its registry after its register() had ended; await what you register.`;
    throw new FerrumError('Config', message, { details: { plugin: this.#plugin } });
  }
}

/** @throws FerrumError `Config`; `where` says who handed the store over. */
export function assertModelStore(value: unknown, where: string): asserts value is ModelStore {
  const store: Partial<Record<keyof ModelStore, unknown>> = value ?? {};
  const strings = [store.id, store.cacheDirectory];
  const functions = [store.inspect, store.pull];
  if (strings.every((text) => typeof text === 'string') && functions.every((call) => typeof call === 'function'))
    return;
  throw new FerrumError('Config', `${where}: a model store has an id, a cacheDirectory, inspect() and pull().`);
}

function assertDescriptor(value: unknown, plugin: string): asserts value is EngineDescriptor {
  const descriptor: Partial<Record<keyof EngineDescriptor, unknown>> = value ?? {};
  const { id, specificationVersion, features, models } = descriptor;
  const named = typeof id === 'string' && id !== '';
  const fail = (what: string): never => {
    const message = `Plugin ${plugin} registers ${named ? `engine ${id}` : 'an engine'} ${what}.`;
    throw new FerrumError('Config', message, { details: { plugin, ...(named && { engine: id }) } });
  };
  if (!named) fail('without an id');
  if (specificationVersion !== '1') {
    fail(`with specificationVersion ${kindOf(specificationVersion)}; this @ferrum/registry understands '1'`);
  }
  if (typeof descriptor.capability !== 'string' || descriptor.capability === '') fail('without a capability');
  if (typeof descriptor.match !== 'function') fail('without a match() function');
  if (typeof descriptor.create !== 'function') fail('without a create() function');
  if (!Array.isArray(features) || features.some((feature) => typeof feature !== 'string')) {
    fail('whose features are not a list of strings');
  }
  if (models !== undefined && (!Array.isArray(models) || models.some((model) => typeof model !== 'string'))) {
    fail('whose models are not a list of names');
  }
  if (typeof descriptor.device !== 'string' || descriptor.device === '') fail('without a device');
}
