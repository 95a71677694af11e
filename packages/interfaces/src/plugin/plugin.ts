import type { ModelStore } from '../models/model-store.js';
import type { Capability } from './capability-map.js';
import type { EngineDescriptor } from './engine-descriptor.js';

/** A plain object without import-time effects; made by `definePlugin` of `@ferrum/registry`. */
export interface Plugin {
  readonly specificationVersion: '1';
  /** The npm package name, unique in a host. */
  readonly name: string;
  readonly version: string;
  /**
   * Called once by each host that lists the plugin. When it throws, rejects or
   * does not end, the host names the plugin and goes on without it.
   */
  register(registry: PluginRegistry): void | Promise<void>;
}

export interface PluginRegistry {
  register<C extends Capability>(descriptor: EngineDescriptor<C>): void;
  /** Gives the host the means to look models up and download them. The first provider wins; the same one twice is fine. */
  provideModels(store: ModelStore): void;
}
