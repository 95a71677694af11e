import { realpathSync } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { FerrumError } from '@ferrum/registry/errors';
import { findDroppedPresentOutputs } from '../graph/dropped-present-outputs.js';
import type { OnnxModel } from '../graph/model.js';
import { readModel } from '../graph/read-model.js';
import { probeByteProducts } from './byte-products.js';
import { findBundledLibrary } from './library-path.js';
import { NativeLibrary } from './native-library.js';
import { NativeSession } from './native-session.js';
import { Session } from './session.js';
import type { SessionOptions } from './session-options.js';

export interface OnnxRuntimeOptions {
  /** A library other than the one that comes with Ferrum: built for CUDA, OpenVINO, another platform … */
  readonly libraryPath?: string;
}

/** ONNX Runtime, called through its C API. One object per library and thread; it is never unloaded. */
export class OnnxRuntime {
  readonly #library: NativeLibrary;
  #bytesExact: Promise<boolean> | undefined;

  private constructor(library: NativeLibrary) {
    this.#library = library;
  }

  /**
   * The same object at every call with the same library.
   * @throws FerrumError `Unsupported` when no library comes for this platform, `NotFound` when there is none at the path given,
   * `Backend` when it cannot be loaded or is too old.
   */
  static load({ libraryPath }: OnnxRuntimeOptions = {}): OnnxRuntime {
    const path = libraryPath === undefined ? findBundledLibrary() : resolveLibrary(libraryPath);
    let runtime = loaded.get(path);
    if (runtime === undefined) {
      runtime = new OnnxRuntime(new NativeLibrary(path));
      loaded.set(path, runtime);
    }
    return runtime;
  }

  /** Of the library: `1.30.0`. */
  get version(): string {
    return this.#library.version;
  }

  get libraryPath(): string {
    return this.#library.path;
  }

  /** Execution providers that the library was built with; those for other devices may still find none. */
  get providers(): readonly string[] {
    return this.#library.providers;
  }

  /**
   * Opens an ONNX file on a libuv thread. External data is looked for beside the file.
   * @throws FerrumError `NotFound`, `PermissionDenied` or `IO` when the file cannot be read, `InvalidFormat`, `Model` or
   * `Unsupported` when it is no model that can run, and as the options require.
   */
  async openSession(modelPath: string, options: SessionOptions = {}): Promise<Session> {
    await requireReadableFile(modelPath);
    requirePresentOutputs(await readModel(modelPath), modelPath);
    return new Session(await NativeSession.open(this.#library, modelPath, options));
  }

  /**
   * Whether int8 products (`MatMulInteger` and its kin, uint8 times int8) are exact on this processor; they saturate on x86
   * without VNNI. Measured once.
   */
  multipliesBytesExactly(): Promise<boolean> {
    this.#bytesExact ??= probeByteProducts(this);
    return this.#bytesExact;
  }
}

const loaded = new Map<string, OnnxRuntime>();

function resolveLibrary(path: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    throw new FerrumError(
      'NotFound',
      `There is no ONNX Runtime library at ${JSON.stringify(path)}; check libraryPath.`,
      {
        cause,
      },
    );
  }
}

function requirePresentOutputs(model: OnnxModel, path: string): void {
  const [dropped] = findDroppedPresentOutputs(model);
  if (dropped === undefined) return;
  throw new FerrumError(
    'Unsupported',
    `The model ${path} drops the ${dropped.output} of ${dropped.node} (${dropped.reason}). ONNX Runtime computes such a ` +
      'model wrongly or crashes; export it with the present keys and values as outputs.',
    { details: { node: dropped.node, output: dropped.output } },
  );
}

async function requireReadableFile(path: string): Promise<void> {
  let isFile: boolean;
  try {
    isFile = (await stat(path)).isFile();
    await access(path, constants.R_OK);
  } catch (cause) {
    throw cannotRead(path, cause);
  }
  if (!isFile) throw new FerrumError('InvalidParameter', `${path} is not a file; give the path of an .onnx file.`);
}

function cannotRead(path: string, cause: unknown): FerrumError {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new FerrumError('NotFound', `There is no model file ${path}.`, { cause });
    case 'EACCES':
    case 'EPERM':
      return new FerrumError('PermissionDenied', `The model file ${path} may not be read; check its permissions.`, {
        cause,
      });
    case 'ERR_INVALID_ARG_TYPE':
    case 'ERR_INVALID_ARG_VALUE':
      return new FerrumError('InvalidParameter', `${JSON.stringify(path)} is not a path of a model file.`, { cause });
    default:
      return new FerrumError('IO', `The model file ${path} cannot be read.`, { cause });
  }
}
