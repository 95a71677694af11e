export type {
  CommandEnvironment,
  InputStream,
  OnnxRuntimeFacts,
  OpenStoreOptions,
  OutputStream,
} from './environment.js';
export type { ExitCode } from './exit-code.js';
export { exitCodes } from './exit-code.js';
export { processEnvironment } from './process-environment.js';
export { runCommandLine } from './run-command-line.js';
