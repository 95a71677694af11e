import type { BatchRunner, Submission } from '../batching/batch-queue.js';

/** A run that goes on until the test ends it. */
export class FakeRun {
  isOver = false;

  constructor(
    readonly inputs: readonly number[],
    readonly signal: AbortSignal,
    private readonly resolve: (vectors: Float32Array[]) => void,
    private readonly reject: (error: unknown) => void,
  ) {}

  /** The vector of an input holds the input alone. */
  finish(): void {
    this.isOver = true;
    this.resolve(this.inputs.map((input) => Float32Array.of(input)));
  }

  fail(error: unknown): void {
    this.isOver = true;
    this.reject(error);
  }
}

/** Keeps its runs for the test to end, or ends them itself. */
export class FakeRunner implements BatchRunner<number> {
  readonly runs: FakeRun[] = [];
  /** Ends each run that begins from now on in the next turn of the event loop. */
  isAutomatic = false;

  run(inputs: readonly number[], signal: AbortSignal): Promise<readonly Float32Array[]> {
    return new Promise((resolve, reject) => {
      const run = new FakeRun(inputs, signal, resolve, reject);
      this.runs.push(run);
      if (this.isAutomatic) setImmediate(() => run.finish());
    });
  }

  /** Ends what runs, and all that begins from now on. */
  finishAll(): void {
    this.isAutomatic = true;
    for (const run of this.runs) if (!run.isOver) run.finish();
  }

  /** All that it was ever given. */
  get inputs(): readonly number[] {
    return this.runs.flatMap(({ inputs }) => inputs);
  }

  submission(input: number, length = 1): Submission<number> {
    return { runner: this, input, length };
  }
}
