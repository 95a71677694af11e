import type { EventEmitter } from 'node:events';
import type { LocalModel, Plugin, Voice } from '@ferrum/interfaces';
import type { FerrumModelStore } from '@ferrum/models';

/** Everything the command touches outside itself, so that a test or another program can stand in for it. */
export interface CommandEnvironment {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Where relative paths begin. @throws FerrumError `IO` when that folder is gone. */
  workingDirectory(): string;
  /** Emits `SIGHUP`, `SIGINT` and `SIGTERM`, as `process` does. */
  readonly signals: EventEmitter;
  /** Ends the process at once; called for a second Ctrl-C. */
  exit(code: number): void;
  /** The plugins that come with the command. Called only by commands that need an engine. */
  loadPlugins(): Promise<readonly Plugin[]>;
  /**
   * The plugin that turns text into phonemes, which no licence lets the command bring; undefined where it is not installed.
   * @throws FerrumError `Config` when it is installed and does not work.
   */
  loadPhonemizer(): Promise<Plugin | undefined>;
  /** The voices of a model of @ferrum/tts, which is not opened. @throws FerrumError `InvalidFormat` … */
  listVoices(model: LocalModel): Promise<readonly Voice[]>;
  openStore(options: OpenStoreOptions): Promise<FerrumModelStore>;
  /** Loads the native library. @throws FerrumError when it cannot be loaded. */
  loadOnnxRuntime(): Promise<OnnxRuntimeFacts>;
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
