import type { Plugin } from '@ferrum/interfaces';
import { definePlugin } from '@ferrum/registry';
import { environmentConfig } from './config/environment-config.js';
import { registerEngines } from './register-engines.js';
import { version } from './version.js';

/**
 * Registers every modality over the servers that the environment names: `FERRUM_REMOTE_URLS`, or `FERRUM_REMOTE_CONFIG`.
 * Without either it fails to register, and says so.
 */
export const plugin: Plugin = definePlugin({
  specificationVersion: '1',
  name: '@ferrum/plugin-remote',
  version,
  register(registry) {
    const { config, source } = environmentConfig(process.env);
    registerEngines(registry, config, source);
  },
});
