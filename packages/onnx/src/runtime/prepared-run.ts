import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import type { Tensor } from '../tensor/tensor.js';
import { BoundTensors } from './bound-tensors.js';
import { callNative } from './native-call.js';
import type { NativeSession } from './native-session.js';
import type { Address, Status } from './ort-api.js';
import { type Operation, ortErrorCode } from './status.js';
import { SymbolicDimensions } from './symbolic-dimensions.js';
import type { ValueInfo } from './value-info.js';

/** A tensor for each input of the model, by name. */
export type RunInputs = Readonly<Record<string, Tensor>>;

/** The outputs wanted: names, or by name the tensor to write to, null for one that ONNX Runtime shall allocate. */
export type RunOutputs<Name extends string = string> = readonly Name[] | Readonly<Record<Name, Tensor | null>>;

export interface RunOptions {
  /** Ends the run between two operators. */
  readonly signal?: AbortSignal;
}

/**
 * A run with its names and pointers encoded once, to be repeated: change what the tensors hold, or replace one by `set`, and
 * call `run` again. The same tensor may be an input and an output. One run at a time; further prepared runs of the same
 * session may run beside it.
 */
export class PreparedRun<Output extends string = string> {
  readonly #session: NativeSession;
  readonly #inputs: BoundTensors;
  readonly #outputs: BoundTensors;
  readonly #symbolicDimensions: SymbolicDimensions;
  readonly #operation: Operation;
  #inputsChanged = true;
  #running = false;

  /** @throws FerrumError `InvalidParameter` for a wrong or missing name, type or shape, or a disposed tensor. */
  constructor(session: NativeSession, inputs: RunInputs, outputs: RunOutputs<Output>) {
    session.requireOpen();
    this.#session = session;
    this.#operation = runOperation(session.modelPath);
    const given = Array.isArray(outputs)
      ? new Map<string, Tensor | null>(outputs.map((name: string) => [name, null]))
      : new Map(Object.entries(outputs as Record<string, Tensor | null>));
    this.#inputs = new BoundTensors(session, 'input', requireInputs(session, inputs));
    this.#outputs = new BoundTensors(session, 'output', requireOutputs(session, given));
    this.#symbolicDimensions = new SymbolicDimensions(this.#inputs);
    for (const [name, tensor] of Object.entries(inputs)) this.#inputs.set(name, tensor);
    for (const [name, tensor] of given) if (tensor !== null) this.#outputs.set(name, tensor);
  }

  /**
   * Replaces the tensor of an input or an output; of both, where the model calls both the same.
   * @throws FerrumError `InvalidParameter` when there is no such name, the tensor does not fit, or a run is in flight.
   */
  set(name: string, tensor: Tensor): this {
    this.#requireIdle('change');
    const { modelPath } = this.#session;
    if (!this.#inputs.has(name) && !this.#outputs.has(name)) {
      const names = [...this.#inputs.infos, ...this.#outputs.infos].map((info) => info.name);
      throw new FerrumError(
        'InvalidParameter',
        `This run of ${modelPath} has neither an input nor an output "${name}"; it has ${names.join(', ')}.`,
      );
    }
    // Before the input changes, so that a tensor which only the input takes changes nothing.
    this.#outputs.requireFit(name, tensor);
    this.#inputs.set(name, tensor);
    this.#outputs.set(name, tensor);
    this.#inputsChanged = true;
    return this;
  }

  /**
   * Runs the model on a libuv thread and resolves to the outputs by name.
   * @throws FerrumError `InvalidParameter` for inputs that contradict each other or the model, a disposed tensor or session,
   * or a run in flight; `Cancelled` when the signal fired; `Backend` when an operator failed.
   */
  async run({ signal }: RunOptions = {}): Promise<Record<Output, Tensor>> {
    const session = this.#session;
    session.requireOpen();
    this.#requireIdle('run');
    throwIfAborted(signal, what);
    if (this.#inputsChanged) {
      this.#symbolicDimensions.check();
      this.#inputsChanged = false;
    }
    this.#hold();
    try {
      return await this.#runHeld(signal);
    } finally {
      this.#inputs.release();
      this.#outputs.release();
    }
  }

  async #runHeld(signal: AbortSignal | undefined): Promise<Record<Output, Tensor>> {
    const session = this.#session;
    const runOptions = session.beginRun();
    const terminate = () => session.library.api.runOptionsSetTerminate(runOptions);
    signal?.addEventListener('abort', terminate, { once: true });
    this.#running = true;
    try {
      return this.#finish(await this.#call(runOptions), signal);
    } finally {
      this.#running = false;
      signal?.removeEventListener('abort', terminate);
      session.endRun(runOptions, signal?.aborted ?? false);
    }
  }

  #call(runOptions: Address): Promise<Status> {
    return callNative(
      this.#session.library.api.run,
      this.#session.address,
      runOptions,
      this.#inputs.namesAddress,
      this.#inputs.valuesAddress,
      this.#inputs.infos.length,
      this.#outputs.namesAddress,
      this.#outputs.infos.length,
      this.#outputs.valuesAddress,
    );
  }

  #finish(status: Status, signal: AbortSignal | undefined): Record<Output, Tensor> {
    const { library } = this.#session;
    const allocated = this.#outputs.takeAllocated();
    try {
      if (signal?.aborted && status !== null) library.api.releaseStatus(status);
      throwIfAborted(signal, what);
      library.check(status, this.#operation);
    } catch (error) {
      for (const address of allocated.values()) library.api.releaseValue(address);
      throw error;
    }
    return Object.fromEntries(
      this.#outputs.infos.flatMap(({ name }, index) => {
        const address = allocated.get(name);
        const tensor = address === undefined ? this.#outputs.tensor(index) : library.values.wrap(address, name);
        return tensor === undefined ? [] : [[name, tensor]];
      }),
    ) as Record<Output, Tensor>;
  }

  #hold(): void {
    this.#inputs.hold();
    try {
      this.#outputs.hold();
    } catch (error) {
      this.#inputs.release();
      throw error;
    }
  }

  #requireIdle(action: string): void {
    if (!this.#running) return;
    throw new FerrumError(
      'InvalidParameter',
      `Cannot ${action} a prepared run of ${this.#session.modelPath} while it runs; await it, or prepare another one.`,
    );
  }
}

const what = 'The run of the model';

function requireInputs(session: NativeSession, inputs: RunInputs): ValueInfo[] {
  const unknown = Object.keys(inputs).filter((name) => !session.inputs.has(name));
  const missing = [...session.inputs.keys()].filter((name) => !Object.hasOwn(inputs, name));
  if (unknown.length === 0 && missing.length === 0) return [...session.inputs.values()];
  throw wrongNames(session, 'input', unknown, missing);
}

function requireOutputs(session: NativeSession, outputs: ReadonlyMap<string, Tensor | null>): ValueInfo[] {
  if (outputs.size === 0) throw new FerrumError('InvalidParameter', `A run of ${session.modelPath} needs an output.`);
  return [...outputs.keys()].map((name) => {
    const info = session.outputs.get(name);
    if (info === undefined) throw wrongNames(session, 'output', [name], []);
    return info;
  });
}

function wrongNames(
  session: NativeSession,
  side: 'input' | 'output',
  unknown: readonly string[],
  missing: readonly string[],
): FerrumError {
  const quote = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ');
  const problems = [
    ...(unknown.length > 0 ? [`has no ${side} ${quote(unknown)}`] : []),
    ...(missing.length > 0 ? [`also needs ${quote(missing)}`] : []),
  ];
  const names = [...(side === 'input' ? session.inputs : session.outputs).keys()];
  return new FerrumError(
    'InvalidParameter',
    `The model ${session.modelPath} ${problems.join(' and ')}; its ${side}s are ${quote(names)}.`,
    { details: { unknown, missing } },
  );
}

function runOperation(modelPath: string): Operation {
  return {
    what: `run the model ${modelPath}`,
    codes: { [ortErrorCode.invalidArgument]: 'InvalidParameter' },
    otherwise: 'Backend',
  };
}
