import { FerrumError } from '@ferrum/registry/errors';
import type { CommandEnvironment } from './environment.js';
import { exitCodes } from './exit-code.js';

/** The real thing. Packages are imported by the first command that needs them: `--version` and `--help` load none. */
export function processEnvironment(): CommandEnvironment {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    variables: process.env,
    workingDirectory: currentFolder,
    signals: process,
    exit: exitProcess,
    loadPlugins: async () => (await import('./plugins/built-in-plugins.js')).loadBuiltInPlugins(),
    loadPhonemizer: async () =>
      (await import('./phonemizer-plugin.js')).loadPhonemizerPlugin({ workingDirectory: currentFolder() }),
    examinePlugin: async (examination) =>
      (await import('./plugins/examine-plugin.js')).examinePlugin({ ...examination, variables: process.env }),
    listVoices: async (model) => (await import('@ferrum/tts')).listVoices(model),
    openStore: async ({ offline }) => {
      const { createModelStore } = await import('@ferrum/models');
      return createModelStore({ environment: process.env, ...(offline && { offline }) });
    },
    loadOnnxRuntime: async () => (await import('@ferrum/onnx')).OnnxRuntime.load(),
  };
}

/** Ends the process at once. */
export function exitProcess(code: number): void {
  // Without its terminal `process.exit` dies of a failed assertion (a core dump). The signal itself means the same code.
  if (code === exitCodes.hungUp && process.platform !== 'win32') {
    process.removeAllListeners('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
  } else process.exit(code);
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new FerrumError(
      'IO',
      'The folder that the command was started in is gone. Go to one that exists ("cd" does it) and try again.',
      { cause },
    );
  }
}
