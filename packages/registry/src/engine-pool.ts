import type { OpenEngine, ProgressListener } from '@ferrum/interfaces';
import { asFerrumError } from './as-ferrum-error.js';
import { abortable, throwIfAnyAborted } from './concurrency/abortable.js';
import { FerrumError } from './errors.js';
import { type Engine, type EngineTarget, PooledEngine, type PooledLease } from './pooled-engine.js';

/** Who wants an engine. */
export interface EngineCaller {
  /** Any of them ends the wait of this caller only. */
  readonly signals: readonly AbortSignal[];
  readonly onProgress?: ProgressListener | undefined;
  /** The engine that needs the other, when the caller is one. */
  readonly dependent?: PooledEngine | undefined;
}

/** Opens each engine once, shares it between callers, closes it when it was idle for long enough or at the end. */
export class EnginePool {
  /** By key, in order of opening: an engine moves to the end when its opening is complete. */
  readonly #engines = new Map<string, PooledEngine>();
  readonly #failures: FerrumError[] = [];
  readonly #idleTimeoutMs: number;
  #disposing = false;

  constructor(idleTimeoutMs: number) {
    this.#idleTimeoutMs = idleTimeoutMs;
  }

  /**
   * Joins the engine that is open or opening under the target's key, or opens it; waits first when it is closing.
   * @throws FerrumError `Cancelled`; `Config` for a circle of dependencies; whatever opening the engine failed with.
   */
  async acquire(target: EngineTarget, caller: EngineCaller): Promise<PooledLease> {
    const what = `Opening ${target.model} with ${target.descriptorId}`;
    for (;;) {
      throwIfAnyAborted(caller.signals, what);
      caller.dependent?.assertAlive();
      const pooled = this.#engines.get(target.key);
      // No await between this decision and the lease: closing cannot begin in between.
      if (pooled === undefined || pooled.isJoinable) return this.#join(pooled ?? this.#open(target), caller, what);
      await abortable(pooled.ended, caller.signals, what);
    }
  }

  list(): readonly OpenEngine[] {
    return [...this.#engines.values()].flatMap(({ state, status }) => (state === 'open' && status ? [status] : []));
  }

  /** Closes every engine, the last opened first, but none before those that need it. Returns all that failed to close. */
  async dispose(): Promise<readonly FerrumError[]> {
    this.#disposing = true;
    const leaving: Promise<void>[] = [];
    for (const pooled of this.#engines.values()) {
      clearTimeout(pooled.idleTimer);
      if (pooled.state === 'opening') pooled.abandon();
      if (pooled.state !== 'open') leaving.push(pooled.ended);
    }
    await Promise.all(leaving);
    for (let next = this.#nextToClose(); next !== undefined; next = this.#nextToClose()) await this.#close(next);
    return this.#failures;
  }

  #open(target: EngineTarget): PooledEngine {
    const pooled = new PooledEngine(target, (opening) => this.#create(opening));
    this.#engines.set(target.key, pooled);
    return pooled;
  }

  async #create(pooled: PooledEngine): Promise<Engine> {
    let engine: Engine;
    try {
      engine = await pooled.target.create(pooled.opening);
    } catch (error) {
      this.#forget(pooled);
      throw error;
    }
    pooled.engine = engine;
    if (pooled.isAbandoned) {
      await this.#close(pooled);
      throw new FerrumError('Cancelled', `Opening ${pooled.target.model} was cancelled.`);
    }
    pooled.state = 'open';
    this.#engines.delete(pooled.target.key);
    this.#engines.set(pooled.target.key, pooled);
    return engine;
  }

  async #join(pooled: PooledEngine, caller: EngineCaller, what: string): Promise<PooledLease> {
    const { dependent } = caller;
    dependent?.addDependency(pooled);
    clearTimeout(pooled.idleTimer);
    pooled.leases += 1;
    const release = once(() => {
      dependent?.removeDependency(pooled);
      this.#release(pooled);
    });
    const stopListening = pooled.listen(caller.onProgress);
    try {
      const engine = await abortable(pooled.opened, caller.signals, what);
      return { key: pooled.target.key, engine, release };
    } catch (error) {
      release();
      throw error;
    } finally {
      stopListening();
    }
  }

  #release(pooled: PooledEngine): void {
    pooled.leases -= 1;
    if (pooled.leases > 0 || this.#disposing) return;
    if (pooled.state === 'opening') pooled.abandon();
    if (pooled.state !== 'open' || this.#idleTimeoutMs === Number.POSITIVE_INFINITY) return;
    // Not referenced: an idle engine must not keep the process alive.
    pooled.idleTimer = setTimeout(() => void this.#closeIdle(pooled), this.#idleTimeoutMs).unref();
  }

  async #closeIdle(pooled: PooledEngine): Promise<void> {
    const failure = await this.#close(pooled);
    // Nobody awaits this; dispose() reports it again, but that may be days away.
    if (failure !== undefined) process.emitWarning(failure);
  }

  async #close(pooled: PooledEngine): Promise<FerrumError | undefined> {
    const { engine, target } = pooled;
    pooled.state = 'closing';
    let failure: FerrumError | undefined;
    try {
      if (engine !== undefined) await target.dispose(engine);
    } catch (thrown) {
      failure = asFerrumError(thrown, `${target.descriptorId} with ${target.model} could not be closed`);
      this.#failures.push(failure);
    }
    this.#forget(pooled);
    return failure;
  }

  #forget(pooled: PooledEngine): void {
    this.#engines.delete(pooled.target.key);
    pooled.end();
  }

  #nextToClose(): PooledEngine | undefined {
    const remaining = [...this.#engines.values()];
    return remaining.findLast((pooled) => !remaining.some((other) => other.needs(pooled)));
  }
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
