export { createHost, type HostOptions } from './create-host.js';
export { definePlugin } from './define-plugin.js';
export {
  type DiscoveredPlugins,
  type DiscoverPluginsOptions,
  discoverPlugins,
  type PluginDiscoveryFailure,
} from './discover-plugins.js';
export { FerrumError, type FerrumErrorOptions, throwIfAborted } from './errors.js';
export { isAdvancedEngine } from './is-advanced-engine.js';
