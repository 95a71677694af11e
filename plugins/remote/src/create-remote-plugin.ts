import type { Plugin } from '@ferrum/interfaces';
import { definePlugin } from '@ferrum/registry';
import { checkConfig } from './config/check-config.js';
import type { RemoteConfig } from './config/remote-config.js';
import { registerEngines } from './register-engines.js';
import { version } from './version.js';

/**
 * The plugin with a configuration of the application's own.
 * @throws FerrumError `Config` naming the field that is wrong. A key that the environment lacks fails the plugin when a host
 * registers it.
 */
export function createRemotePlugin(config: RemoteConfig): Plugin {
  const { name } = checkConfig(config);
  return definePlugin({
    specificationVersion: '1',
    name,
    version,
    register: (registry) => registerEngines(registry, config),
  });
}
