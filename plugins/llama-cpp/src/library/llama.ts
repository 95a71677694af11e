import { FerrumError } from '@ferrum/registry/errors';
import { getLlama, type Llama, LlamaLogLevel, NoBinaryFoundError } from 'node-llama-cpp';
import type { CheckedEmbedOptions } from '../engine-options.js';

type GpuOption = CheckedEmbedOptions['gpu'];

/** llama.cpp, loaded, and what it complained of lately. */
export interface LlamaLibrary {
  readonly llama: Llama;
  /** Error lines since `work` began, for the message of its failure. */
  watch<T>(work: () => Promise<T>, failure: (cause: unknown, lines: readonly string[]) => FerrumError): Promise<T>;
}

/** One for each kind of device, as long as the process lives: loading it takes a second, and holds next to nothing. */
const loaded = new Map<GpuOption, Promise<LlamaLibrary>>();

/**
 * Loads what is installed: nothing is downloaded or compiled, and nothing is printed.
 * @throws FerrumError `Device` when there is no build for the device that was named, `Backend` when it cannot be loaded.
 */
export function loadLlama(gpu: GpuOption): Promise<LlamaLibrary> {
  let library = loaded.get(gpu);
  if (!library) {
    library = load(gpu);
    loaded.set(gpu, library);
    // What was missing may be installed by the next time.
    library.catch(() => loaded.delete(gpu));
  }
  return library;
}

async function load(gpu: GpuOption): Promise<LlamaLibrary> {
  const watchers = new Set<string[]>();
  const logger = (_level: LlamaLogLevel, message: string) => {
    for (const lines of watchers) if (lines.length < mostLines) lines.push(message.trim());
  };
  let llama: Llama;
  try {
    llama = await getLlama({
      gpu,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      // Each engine says itself how many it takes.
      maxThreads: 0,
      logLevel: LlamaLogLevel.error,
      logger,
    });
  } catch (cause) {
    throw notLoaded(gpu, cause);
  }
  // The library takes the processor where it knows no such device.
  if (gpu !== 'auto' && llama.gpu !== gpu) {
    await llama.dispose();
    throw notLoaded(gpu, undefined);
  }
  return { llama, watch: (work, failure) => watch(watchers, work, failure) };
}

const mostLines = 8;

async function watch<T>(
  watchers: Set<string[]>,
  work: () => Promise<T>,
  failure: (cause: unknown, lines: readonly string[]) => FerrumError,
): Promise<T> {
  const lines: string[] = [];
  watchers.add(lines);
  try {
    return await work();
  } catch (cause) {
    throw FerrumError.isInstance(cause) ? cause : failure(cause, lines);
  } finally {
    watchers.delete(lines);
  }
}

function notLoaded(gpu: GpuOption, cause: unknown): FerrumError {
  const { platform, arch } = process;
  if (gpu !== 'auto' && gpu !== false) {
    const message = `llama.cpp cannot compute on ${gpu} here: no build of it for ${platform}-${arch} is installed, or its driver is missing. Install node-llama-cpp with its optional dependencies, or leave out the option gpu.`;
    return new FerrumError('Device', message, { cause, details: { parameter: 'gpu' } });
  }
  const why =
    cause instanceof NoBinaryFoundError
      ? 'none of its builds works here; install node-llama-cpp with its optional dependencies (npm install --include=optional)'
      : String(cause);
  return new FerrumError('Backend', `llama.cpp could not be loaded on ${platform}-${arch}: ${why}.`, { cause });
}
