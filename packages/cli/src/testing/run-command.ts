import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Plugin } from '@ferrum/interfaces';
import type { FerrumModelStore } from '@ferrum/models';
import type { PluginDiscoveryFailure } from '@ferrum/registry';
import type { CommandEnvironment, InputStream } from '../environment.js';
import { examinePlugin } from '../plugins/examine-plugin.js';
import { runCommandLine } from '../run-command-line.js';
import { fakeStore } from './fake-store.js';
import { pipedInput, type RecordedOutput, recordOutput } from './streams.js';

/** Another process cannot run TypeScript. */
export const examinationScript = fileURLToPath(
  new URL('../../dist/plugins/examine-plugin-process.js', import.meta.url),
);

export interface CommandOptions {
  readonly plugins?: readonly Plugin[];
  readonly failures?: readonly PluginDiscoveryFailure[];
  readonly loadPhonemizer?: CommandEnvironment['loadPhonemizer'];
  readonly listVoices?: CommandEnvironment['listVoices'];
  readonly store?: FerrumModelStore;
  readonly stdin?: InputStream;
  readonly stdout?: RecordedOutput;
  readonly stderr?: RecordedOutput;
  readonly variables?: Readonly<Record<string, string>>;
  readonly workingDirectory?: () => string;
  readonly signals?: EventEmitter;
  readonly exit?: (code: number) => void;
  readonly loadOnnxRuntime?: CommandEnvironment['loadOnnxRuntime'];
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `ferrum …` in this process, with nothing of the machine in reach that is not given. */
export async function runCommand(commandLine: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { stdout = recordOutput(), stderr = recordOutput() } = options;
  const code = await runCommandLine(commandLine, {
    stdin: options.stdin ?? pipedInput(''),
    stdout,
    stderr,
    variables: options.variables ?? {},
    workingDirectory: options.workingDirectory ?? (() => '.'),
    signals: options.signals ?? new EventEmitter(),
    exit: options.exit ?? (() => {}),
    loadPlugins: async () => ({ plugins: options.plugins ?? [], failures: options.failures ?? [] }),
    examinePlugin: (examination) =>
      examinePlugin({ ...examination, variables: options.variables ?? {}, script: examinationScript }),
    loadPhonemizer: options.loadPhonemizer ?? (async () => undefined),
    listVoices: options.listVoices ?? (async () => []),
    openStore: async () => options.store ?? fakeStore(),
    loadOnnxRuntime:
      options.loadOnnxRuntime ??
      (async () => ({ version: '1.30.0', libraryPath: '/lib/onnxruntime', providers: ['CPUExecutionProvider'] })),
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}
