import type { Tensor } from '../tensor/tensor.js';
import type { NativeSession } from './native-session.js';
import { PreparedRun, type RunInputs, type RunOptions, type RunOutputs } from './prepared-run.js';
import type { ValueInfo } from './value-info.js';

/** An open model. Runs may overlap; each occupies a thread of libuv's pool (four, unless UV_THREADPOOL_SIZE says otherwise). */
export class Session {
  readonly #native: NativeSession;

  /** Sessions are made by `OnnxRuntime.openSession`. */
  constructor(native: NativeSession) {
    this.#native = native;
  }

  /** In the model's order. */
  get inputs(): ReadonlyMap<string, ValueInfo> {
    return this.#native.inputs;
  }

  /** In the model's order. */
  get outputs(): ReadonlyMap<string, ValueInfo> {
    return this.#native.outputs;
  }

  /**
   * Runs the model once. `outputs` says which outputs are wanted and where they go; by default ONNX Runtime allocates all of
   * them. What is allocated belongs to the caller, who may dispose it early.
   * @throws FerrumError as `prepare` and `PreparedRun.run` do.
   */
  async run<Output extends string = string>(
    inputs: RunInputs,
    outputs?: RunOutputs<Output>,
    options: RunOptions = {},
  ): Promise<Record<Output, Tensor>> {
    return await this.prepare(inputs, outputs ?? ([...this.outputs.keys()] as Output[])).run(options);
  }

  /**
   * Encodes a run once, to be repeated at little cost.
   * @throws FerrumError `InvalidParameter` for a wrong or missing name, type or shape, a disposed tensor or session.
   */
  prepare<Output extends string>(inputs: RunInputs, outputs: RunOutputs<Output>): PreparedRun<Output> {
    return new PreparedRun(this.#native, inputs, outputs);
  }

  /** Waits for the runs in flight, then frees the model. Tensors stay valid. Calling it again is harmless. */
  dispose(): Promise<void> {
    return this.#native.close();
  }
}
