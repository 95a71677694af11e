import type { EngineDescriptor, ModelStore, PluginRegistry } from '@ferrum/interfaces';
import type { Container } from './container.js';
import { kindOf } from './define-plugin.js';
import { FerrumError } from './errors.js';

/** Collects what one plugin registers; none of it counts unless the plugin's register() ends well. */
export class StagedRegistrations {
  readonly #plugin: string;
  readonly #container: Container;
  readonly #descriptors: EngineDescriptor[] = [];
  readonly #models: ModelStore[] = [];
  #ended = false;

  constructor(plugin: string, container: Container) {
    this.#plugin = plugin;
    this.#container = container;
  }

  /** What the plugin gets. */
  get registry(): PluginRegistry {
    return {
      register: (descriptor) => this.#register(descriptor),
      provideModels: (store) => this.#provideModels(store),
    };
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

  #register(descriptor: EngineDescriptor): void {
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

  #provideModels(store: ModelStore): void {
    this.#assertRegistering();
    assertModelStore(store, `Plugin ${this.#plugin}: provideModels()`);
    this.#models.push(store);
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
  const { id, specificationVersion, features, models, schemes } = descriptor;
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
  if (schemes !== undefined && !(Array.isArray(schemes) && schemes.every(isScheme))) {
    fail(
      `whose schemes are not a list of prefixes such as remote: lower-case letters, digits and hyphens, two at least, and none of ${schemesOfStores.join(', ')}`,
    );
  }
  if (models !== undefined && (!Array.isArray(models) || models.some((model) => typeof model !== 'string'))) {
    fail('whose models are not a list of names');
  }
  if (typeof descriptor.device !== 'string' || descriptor.device === '') fail('without a device');
}

/** What model stores read, and the first letter of a Windows path, are no engine's. */
function isScheme(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z][a-z0-9-]+$/.test(value) && !schemesOfStores.includes(value);
}

const schemesOfStores = ['hf', 'npm', 'pypi', 'http', 'https', 'file'];
