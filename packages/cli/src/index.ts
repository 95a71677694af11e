export type {
  CommandEnvironment,
  InputStream,
  OnnxRuntimeFacts,
  OpenStoreOptions,
  OutputStream,
  PluginExamination,
} from './environment.js';
export type { ExitCode } from './exit-code.js';
export { exitCodes } from './exit-code.js';
export type { EngineReport, FailedPlugin, PluginReport, RegisteredPlugin } from './plugins/plugin-report.js';
export type { PluginSource } from './plugins/plugin-source.js';
export { processEnvironment } from './process-environment.js';
export { runCommandLine } from './run-command-line.js';
