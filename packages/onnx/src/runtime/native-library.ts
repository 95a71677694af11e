import { FerrumError } from '@ferrum/registry/errors';
import koffi from 'koffi';
import { configureKoffi } from './native-call.js';
import { addressArray, readAddresses, readString } from './native-memory.js';
import { NativeValues } from './native-value.js';
import { type Address, bindOrtApi, type OrtApi, type Status } from './ort-api.js';
import { checkStatus, internalOperation, type Operation } from './status.js';

/** One loaded ONNX Runtime library with its environment; lives as long as the process. */
export class NativeLibrary {
  readonly path: string;
  readonly version: string;
  readonly api: OrtApi;
  readonly environment: Address;
  /** Describes memory that is ours: plain, on the CPU. */
  readonly cpuMemory: Address;
  /** Owned by the library. */
  readonly allocator: Address;
  readonly providers: readonly string[];
  readonly values: NativeValues;
  /** The RunOptions of runs in flight, to end them when the process exits. */
  readonly activeRuns = new Set<Address>();
  openSessions = 0;

  /** @throws FerrumError `Backend` when `path` is no ONNX Runtime library that we can use. */
  constructor(path: string) {
    configureKoffi();
    forbidTelemetry();
    returnFreedMemory();
    const base = loadApiBase(path);
    this.path = path;
    this.version = base.version;
    this.api = bindOrtApi(base.table);
    this.environment = this.create('create the environment', (out) =>
      this.api.createEnv(severity.warning, 'ferrum', out),
    );
    this.check(this.api.disableTelemetryEvents(this.environment), internalOperation('switch telemetry off'));
    this.cpuMemory = this.create('describe CPU memory', (out) =>
      this.api.createCpuMemoryInfo(arenaAllocator, defaultMemory, out),
    );
    this.allocator = this.create('get the allocator', (out) => this.api.getAllocatorWithDefaultOptions(out));
    this.providers = Object.freeze(this.#readProviders());
    this.values = new NativeValues(this);
    process.once('exit', () => this.#exit());
  }

  check(status: Status, operation: Operation): void {
    checkStatus(this.api, status, operation);
  }

  /** Runs a function that writes one handle to `out`, and returns the handle. `what` completes "Cannot …". */
  create(what: string | Operation, write: (out: BigUint64Array) => Status): Address {
    const out = addressArray(1);
    this.check(write(out), typeof what === 'string' ? internalOperation(what) : what);
    return out[0] ?? 0n;
  }

  /** Frees a C string that the library allocated, and returns it as a JavaScript string. */
  takeString(address: Address): string {
    const text = readString(address);
    this.check(this.api.allocatorFree(this.allocator, address), internalOperation('free a string'));
    return text;
  }

  #readProviders(): string[] {
    const count = new Int32Array(new ArrayBuffer(4));
    const list = this.create('list the providers', (out) => this.api.getAvailableProviders(out, count));
    const names = readAddresses(list, count[0] ?? 0).map(readString);
    this.check(this.api.releaseAvailableProviders(list, names.length), internalOperation('free the list of providers'));
    return names;
  }

  /**
   * Node joins its threads before the process ends, so a long run would hold it up: end it. Sessions that are still open
   * use the environment from threads of their own, so then the operating system frees it.
   */
  #exit(): void {
    for (const runOptions of this.activeRuns) this.api.runOptionsSetTerminate(runOptions);
    if (this.openSessions > 0) return;
    this.api.releaseMemoryInfo(this.cpuMemory);
    this.api.releaseEnv(this.environment);
  }
}

/** OrtLoggingLevel. */
export const severity = { verbose: 0, info: 1, warning: 2, error: 3, fatal: 4 } as const;

/**
 * Throws when a library of this version lacks what we need.
 * @throws FerrumError `Backend`.
 */
export function requireVersion(version: string, path: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 1 || (major === 1 && minor >= apiVersion)) return;
  throw new FerrumError(
    'Backend',
    `The ONNX Runtime library ${path} has version ${version}; it must be 1.${apiVersion} or newer.`,
    { details: { version } },
  );
}

/** Of the C API: the oldest library we accept. The quantised kernels that our graphs use matured in 1.20. */
const apiVersion = 20;

// OrtAllocatorType and OrtMemType.
const arenaAllocator = 1;
const defaultMemory = 0;

/**
 * The library's telemetry starts inside CreateEnv, before the C API can switch it off: it reads the command line (and
 * overflows the stack on a long one) and writes a database into the user's cache. This variable stops it before that.
 * Set natively, because a worker's `process.env` is only a copy.
 */
function forbidTelemetry(): void {
  if (process.platform === 'win32') {
    const setVariable = koffi
      .load('kernel32.dll')
      .func('int __stdcall SetEnvironmentVariableW(str16 name, str16 value)');
    setVariable('ORT_DISABLE_TELEMETRY', '1');
  } else koffi.load(null).func('int setenv(str name, str value, int overwrite)')('ORT_DISABLE_TELEMETRY', '1', 1);
}

/**
 * Without this glibc raises, with each large block that is freed, the size from which blocks get memory of their own, and
 * soon keeps hundreds of megabytes of closed models for itself. Setting the threshold (to its default) stops the raising.
 */
function returnFreedMemory(): void {
  if (process.platform !== 'linux') return;
  try {
    koffi.load(null).func('int mallopt(int parameter, int value)')(mallocTrimThreshold, 128 * 1024);
  } catch {
    // Another C library, such as musl, which has no such habit.
  }
}

/** M_TRIM_THRESHOLD of malloc.h. */
const mallocTrimThreshold = -1;

function loadApiBase(path: string): { readonly version: string; readonly table: Address } {
  const base = koffi.decode(callGetApiBase(path), koffi.array('void *', 2)) as Address[];
  const [getApi, getVersionString] = base;
  const version: string = koffi.call(getVersionString, koffi.proto('str', []));
  requireVersion(version, path);
  const table: Address | null = koffi.call(getApi, koffi.proto('void *', ['uint32_t']), apiVersion);
  if (table === null) throw new FerrumError('Backend', `The ONNX Runtime library ${path} does not offer its API.`);
  return { version, table };
}

function callGetApiBase(path: string): Address {
  try {
    const getApiBase = koffi.load(path).func('void *OrtGetApiBase()');
    pin(path);
    return getApiBase();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FerrumError(
      'Backend',
      `Cannot load ${path} as an ONNX Runtime library: ${reason} Give the path of a library built for ` +
        `${process.platform} ${process.arch}, with the libraries it depends on beside it.`,
      { cause },
    );
  }
}

/**
 * Takes a reference to a loaded library that nobody gives back. Koffi unloads the library when its handle is collected or
 * its thread ends, but functions are still called then, and threads of ONNX Runtime's own are still inside.
 */
function pin(path: string): void {
  if (process.platform === 'win32') koffi.load('kernel32.dll').func('void *__stdcall LoadLibraryW(str16 path)')(path);
  else koffi.load(null).func('void *dlopen(str path, int flags)')(path, rtldNow);
}

/** RTLD_NOW of dlfcn.h, the same on Linux and macOS. */
const rtldNow = 2;
