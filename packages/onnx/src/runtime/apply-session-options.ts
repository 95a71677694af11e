import { FerrumError } from '@ferrum/registry/errors';
import { type NativeLibrary, severity } from './native-library.js';
import { nativeStrings } from './native-memory.js';
import type { Address } from './ort-api.js';
import type { ExecutionProvider, SessionOptions } from './session-options.js';
import { type Operation, ortErrorCode } from './status.js';

/**
 * A native OrtSessionOptions with everything that `options` say; the caller releases it.
 * @throws FerrumError `InvalidParameter` for a bad value, `Unsupported` for a provider the library lacks, `Backend` when a
 * provider cannot start.
 */
export function createSessionOptions(library: NativeLibrary, options: SessionOptions): Address {
  const native = library.create('create session options', (out) => library.api.createSessionOptions(out));
  try {
    applyThreads(library, native, options);
    applyMemory(library, native, options);
    applyGraph(library, native, options);
    for (const provider of options.providers ?? []) appendProvider(library, native, provider);
    return native;
  } catch (error) {
    library.api.releaseSessionOptions(native);
    throw error;
  }
}

function applyThreads(library: NativeLibrary, native: Address, options: SessionOptions): void {
  const { api } = library;
  if (options.intraOpThreads !== undefined) {
    const threads = wholeNumber('intraOpThreads', options.intraOpThreads, 1, maxThreads);
    library.check(api.setIntraOpNumThreads(native, threads), setting('intraOpThreads'));
  }
  if (options.interOpThreads !== undefined) {
    const threads = wholeNumber('interOpThreads', options.interOpThreads, 1, maxThreads);
    library.check(api.setInterOpNumThreads(native, threads), setting('interOpThreads'));
    // In the sequential mode, the default, the threads would have nothing to do.
    if (threads > 1) library.check(api.setSessionExecutionMode(native, parallelMode), setting('interOpThreads'));
  }
  const spinning = oneOf('spinning', options.spinning ?? 'during-run', spinningEntries);
  for (const [key, value] of Object.entries(spinning)) addConfig(library, native, key, value);
}

function applyMemory(library: NativeLibrary, native: Address, options: SessionOptions): void {
  const { api } = library;
  if (!(options.memoryPattern ?? false)) library.check(api.disableMemPattern(native), setting('memoryPattern'));
  if (!(options.memoryArena ?? true)) library.check(api.disableCpuMemArena(native), setting('memoryArena'));
}

function applyGraph(library: NativeLibrary, native: Address, options: SessionOptions): void {
  const { api } = library;
  const level = oneOf('graphOptimization', options.graphOptimization ?? 'all', optimizationLevels);
  library.check(api.setSessionGraphOptimizationLevel(native, level), setting('graphOptimization'));
  if (options.logSeverity !== undefined) {
    const logSeverity = oneOf('logSeverity', options.logSeverity, severity);
    library.check(api.setSessionLogSeverityLevel(native, logSeverity), setting('logSeverity'));
  }
  for (const [name, dimension] of Object.entries(options.freeDimensions ?? {})) {
    const size = wholeNumber(`freeDimensions.${name}`, dimension, 0, Number.MAX_SAFE_INTEGER);
    const status = api.addFreeDimensionOverrideByName(native, cString('freeDimensions', name), size);
    library.check(status, setting('freeDimensions'));
  }
  if (options.optimizedModelPath !== undefined) {
    const path = cString('optimizedModelPath', options.optimizedModelPath);
    library.check(api.setOptimizedModelFilePath(native, path), setting('optimizedModelPath'));
  }
  for (const [key, value] of Object.entries(options.config ?? {})) addConfig(library, native, key, value);
}

function addConfig(library: NativeLibrary, native: Address, key: string, value: string): void {
  const status = library.api.addSessionConfigEntry(native, cString('config', key), cString(`config.${key}`, value));
  library.check(status, setting(`config.${key}`));
}

function appendProvider(library: NativeLibrary, native: Address, provider: ExecutionProvider): void {
  const { api } = library;
  const { name } = provider;
  if (!library.providers.includes(name)) {
    throw new FerrumError(
      'Unsupported',
      `This ONNX Runtime library has no ${JSON.stringify(name)}; it has ${library.providers.join(', ')}. Load another ` +
        'build by libraryPath, or choose one of these.',
      { details: { provider: name, available: library.providers } },
    );
  }
  const entries = Object.entries(provider.options ?? {});
  const keys = nativeStrings(entries.map(([key]) => cString(`options of ${name}`, key)));
  const values = nativeStrings(entries.map(([key, value]) => cString(`option ${key} of ${name}`, value)));
  const operation: Operation = { what: `use ${name}`, codes: {}, otherwise: 'Backend' };

  const own = ownFunctions(library, name);
  if (own === undefined) {
    const status = api.appendExecutionProvider(native, name, keys, values, entries.length);
    library.check(status, operation);
    return;
  }
  const providerOptions = library.create(operation, (out) => own.create(out));
  try {
    library.check(own.update(providerOptions, keys, values, entries.length), operation);
    library.check(own.append(native, providerOptions), operation);
  } finally {
    own.release(providerOptions);
  }
}

/** The two providers of NVIDIA are older than the function that appends any provider by name, and it does not know them. */
function ownFunctions({ api }: NativeLibrary, name: string) {
  switch (name) {
    case 'CUDAExecutionProvider':
      return {
        create: api.createCudaOptions,
        update: api.updateCudaOptions,
        append: api.appendCuda,
        release: api.releaseCudaOptions,
      };
    case 'TensorrtExecutionProvider':
      return {
        create: api.createTensorRtOptions,
        update: api.updateTensorRtOptions,
        append: api.appendTensorRt,
        release: api.releaseTensorRtOptions,
      };
    default:
      return undefined;
  }
}

/** Keys of onnxruntime_session_options_config_keys.h. Spinning is fixed when the session opens. */
const spinningEntries = {
  never: { 'session.intra_op.allow_spinning': '0', 'session.inter_op.allow_spinning': '0' },
  'during-run': { 'session.intra_op.allow_spinning': '1', 'session.force_spinning_stop': '1' },
  always: { 'session.intra_op.allow_spinning': '1' },
} as const;

/** GraphOptimizationLevel. */
const optimizationLevels = { disabled: 0, basic: 1, extended: 2, all: 99 } as const;

/** ORT_PARALLEL of ExecutionMode. */
const parallelMode = 1;

/** More would be a mistake: each thread has a stack. */
const maxThreads = 1024;

function setting(option: string): Operation {
  return {
    what: `set the session option ${option}`,
    codes: { [ortErrorCode.invalidArgument]: 'InvalidParameter' },
    otherwise: 'Backend',
  };
}

function wholeNumber(option: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalid(option, value, `a whole number from ${least} to ${most}`);
}

function oneOf<V>(option: string, value: string, choices: Readonly<Record<string, V>>): V {
  const choice = Object.hasOwn(choices, value) ? choices[value] : undefined;
  if (choice === undefined) throw invalid(option, value, `one of ${Object.keys(choices).join(', ')}`);
  return choice;
}

/** C strings end at the first NUL, so a string with one inside would arrive cut. */
function cString(option: string, value: unknown): string {
  if (typeof value === 'string' && !value.includes('\0')) return value;
  throw invalid(option, value, 'a string without NUL characters');
}

function invalid(option: string, value: unknown, expected: string): FerrumError {
  const given = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return new FerrumError('InvalidParameter', `The session option ${option} must be ${expected}, got ${given}.`, {
    details: { option },
  });
}
