import type { EngineDescriptor, ModelStore, PluginRegistry } from '@ferrum/interfaces';
import { checkedDescriptor } from './checked-descriptor.js';
import type { Container } from './container.js';
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

  #register(given: EngineDescriptor): void {
    if (this.#isOver()) return;
    const descriptor = checkedDescriptor(given, this.#plugin);
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
    if (this.#isOver()) return;
    assertModelStore(store, `Plugin ${this.#plugin}: provideModels()`);
    this.#models.push(store);
  }

  /** Warned of, not thrown: nobody awaits such a call, so that an error in it would end the process. */
  #isOver(): boolean {
    if (!this.#ended) return false;
    const message = `Plugin ${this.#plugin} called its registry after its register() had ended, which registers nothing; await what you register.`;
    process.emitWarning(new FerrumError('Config', message, { details: { plugin: this.#plugin } }));
    return true;
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
