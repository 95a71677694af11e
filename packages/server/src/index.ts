export { createServer, type FerrumServer } from './create-server.js';
export { explainModel, type ServedCapability } from './models/model-directory.js';
export { checkSettings } from './options/check-settings.js';
export { defineConfig, type ServeConfig, serveConfigSchema } from './options/define-config.js';
export type { ServedModel } from './options/served-model.js';
export type { ServerOptions } from './options/server-options.js';
export {
  type ApiKeySettings,
  type ResolvedSettings,
  type ServerSettings,
  withDefaults,
} from './options/server-settings.js';
