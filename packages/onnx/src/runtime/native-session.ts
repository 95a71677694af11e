import { FerrumError } from '@ferrum/registry/errors';
import { createSessionOptions } from './apply-session-options.js';
import { callNative } from './native-call.js';
import { type NativeLibrary, severity } from './native-library.js';
import { addressArray, nativeStrings } from './native-memory.js';
import type { Address } from './ort-api.js';
import { pageOutMappedFiles } from './page-out.js';
import type { SessionOptions } from './session-options.js';
import { internalOperation, type Operation, ortErrorCode } from './status.js';
import { readValueInfos, type ValueInfo } from './value-info.js';

/** What a Session and its prepared runs share: the native session, its names, the runs in flight. */
export class NativeSession {
  readonly library: NativeLibrary;
  readonly address: Address;
  readonly modelPath: string;
  readonly inputs: ReadonlyMap<string, ValueInfo>;
  readonly outputs: ReadonlyMap<string, ValueInfo>;
  /** The name of every input and output as a C string. */
  readonly nameAddresses: ReadonlyMap<string, Address>;

  readonly #names: BigUint64Array;
  readonly #runSeverity: number;
  readonly #idleRunOptions: Address[] = [];
  readonly #allRunOptions: Address[] = [];
  #runsInFlight = 0;
  #closed: Promise<void> | undefined;
  #lastRunEnded: (() => void) | undefined;

  /** Parsing, optimising and packing happen on a libuv thread. */
  static async open(library: NativeLibrary, modelPath: string, options: SessionOptions): Promise<NativeSession> {
    const nativeOptions = createSessionOptions(library, options);
    const out = addressArray(1);
    library.openSessions++;
    try {
      const status = await callNative(library.api.createSession, library.environment, modelPath, nativeOptions, out);
      library.check(status, openOperation(modelPath));
      await pageOutMappedFiles(modelPath);
      return new NativeSession(library, out[0] ?? 0n, modelPath, options);
    } catch (error) {
      if (out[0] !== 0n && out[0] !== undefined) library.api.releaseSession(out[0]);
      library.openSessions--;
      throw error;
    } finally {
      library.api.releaseSessionOptions(nativeOptions);
    }
  }

  private constructor(library: NativeLibrary, address: Address, modelPath: string, options: SessionOptions) {
    this.library = library;
    this.address = address;
    this.modelPath = modelPath;
    this.#runSeverity = severity[options.logSeverity ?? 'fatal'];
    this.inputs = readInfos(library, address, 'input');
    this.outputs = readInfos(library, address, 'output');
    const names = [...new Set([...this.inputs.keys(), ...this.outputs.keys()])];
    this.#names = nativeStrings(names);
    this.nameAddresses = new Map(names.map((name, index) => [name, this.#names[index] ?? 0n]));
  }

  requireOpen(): void {
    if (this.#closed === undefined) return;
    throw new FerrumError('InvalidParameter', `The session on ${this.modelPath} has been disposed.`);
  }

  /** Begins a run: `close` waits until `endRun` gives the RunOptions back. */
  beginRun(): Address {
    const runOptions = this.#idleRunOptions.pop() ?? this.#createRunOptions();
    this.#runsInFlight++;
    this.library.activeRuns.add(runOptions);
    return runOptions;
  }

  endRun(runOptions: Address, terminated: boolean): void {
    if (terminated) {
      this.library.check(this.library.api.runOptionsUnsetTerminate(runOptions), internalOperation('reset run options'));
    }
    this.library.activeRuns.delete(runOptions);
    this.#idleRunOptions.push(runOptions);
    this.#runsInFlight--;
    if (this.#runsInFlight === 0) this.#lastRunEnded?.();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.#runsInFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#lastRunEnded = resolve;
      });
    }
    for (const runOptions of this.#allRunOptions) this.library.api.releaseRunOptions(runOptions);
    await callNative(this.library.api.releaseSession, this.address);
    this.library.openSessions--;
  }

  #createRunOptions(): Address {
    const { api } = this.library;
    const runOptions = this.library.create('create run options', (out) => api.createRunOptions(out));
    this.#allRunOptions.push(runOptions);
    // A failed run throws ONNX Runtime's message; there is no need to print it as well.
    const status = api.runOptionsSetRunLogSeverityLevel(runOptions, this.#runSeverity);
    this.library.check(status, internalOperation('set the log severity of a run'));
    return runOptions;
  }
}

function readInfos(library: NativeLibrary, session: Address, side: 'input' | 'output'): ReadonlyMap<string, ValueInfo> {
  return new Map(readValueInfos(library, session, side).map((info) => [info.name, info]));
}

function openOperation(modelPath: string): Operation {
  return {
    what: `open the model ${modelPath}`,
    codes: {
      [ortErrorCode.invalidArgument]: 'InvalidParameter',
      [ortErrorCode.noSuchFile]: 'NotFound',
      [ortErrorCode.noModel]: 'InvalidFormat',
      [ortErrorCode.invalidProtobuf]: 'InvalidFormat',
      [ortErrorCode.invalidGraph]: 'InvalidFormat',
      [ortErrorCode.notImplemented]: 'Unsupported',
    },
    otherwise: 'Model',
  };
}
