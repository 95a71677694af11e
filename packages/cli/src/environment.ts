import type { EventEmitter } from 'node:events';
import type { LocalModel, Plugin, Voice } from '@ferrum/interfaces';
import type { FerrumModelStore } from '@ferrum/models';
import type { DiscoveredPlugins } from '@ferrum/registry';
import type { PluginReport } from './plugins/plugin-report.js';

/** Everything the command touches outside itself, so that a test or another program can stand in for it. */
export interface CommandEnvironment {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Where relative paths begin. @throws FerrumError `IO` when that folder is gone. */
  workingDirectory(): string;
  /** Emits `SIGHUP`, `SIGINT`, `SIGTERM` and `unhandledRejection`, as `process` does. */
  readonly signals: EventEmitter;
  /** Ends the process at once; called for a second Ctrl-C. */
  exit(code: number): void;
  /** The plugins that come with the command, and those among them that cannot be loaded. Called only by commands that need them. */
  loadPlugins(): Promise<DiscoveredPlugins>;
  /**
   * The plugin that turns text into phonemes, which no licence lets the command bring; undefined where it is not installed.
   * @throws FerrumError `Config` when it is installed and does not work.
   */
  loadPhonemizer(): Promise<Plugin | undefined>;
  /**
   * Loads a plugin in a process of its own and lets it register there: whatever it does harms nobody. Undefined for a
   * package that is no plugin.
   * @throws FerrumError `Cancelled`
   */
  examinePlugin(examination: PluginExamination): Promise<PluginReport | undefined>;
  /** The voices of a model of @ferrum/tts, which is not opened. @throws FerrumError `InvalidFormat` … */
  listVoices(model: LocalModel): Promise<readonly Voice[]>;
  openStore(options: OpenStoreOptions): Promise<FerrumModelStore>;
  /** Loads the native library. @throws FerrumError when it cannot be loaded. */
  loadOnnxRuntime(): Promise<OnnxRuntimeFacts>;
}

export interface PluginExamination {
  /** The package is a dependency of its package.json. */
  readonly folder: string;
  readonly packageName: string;
  readonly signal: AbortSignal;
}

export interface OpenStoreOptions {
  /** Forbids the network whatever `FERRUM_OFFLINE` says. */
  readonly offline: boolean;
}

export interface OnnxRuntimeFacts {
  readonly version: string;
  readonly libraryPath: string;
  /** Execution providers that the library was built for, whether they work on this machine or not. */
  readonly providers: readonly string[];
}

export interface InputStream extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
}

export interface OutputStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}
