import type { OpenEngine, ProgressListener } from '@ferrum/interfaces';
import { asFerrumError } from './as-ferrum-error.js';
import { abortable, throwIfAnyAborted } from './concurrency/abortable.js';
import { withinTime } from './concurrency/within-time.js';
import { FerrumError } from './errors.js';
import { type Engine, type EngineTarget, PooledEngine, type PooledLease } from './pooled-engine.js';
import type { TimeLimits } from './time-limits.js';

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
  readonly #limits: TimeLimits;
  #disposing = false;

  constructor(idleTimeoutMs: number, limits: TimeLimits) {
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#limits = limits;
  }

  /**
   * Joins the engine that is open or opening under the target's key, or opens it; waits first when it is closing.
   * @throws FerrumError `Cancelled`; `Timeout` for an opening without progress; `Config` for a circle of dependencies;
   * whatever opening the engine failed with.
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
      if (pooled.state === 'opening') pooled.opening.abandon();
      if (pooled.state !== 'open') leaving.push(pooled.ended);
    }
    await Promise.all(leaving);
    for (let next = this.#nextToClose(); next !== undefined; next = this.#nextToClose()) await this.#close(next);
    return this.#failures;
  }

  #open(target: EngineTarget): PooledEngine {
    const pooled = new PooledEngine(target, this.#limits, (opening) => this.#create(opening));
    this.#engines.set(target.key, pooled);
    return pooled;
  }

  async #create(pooled: PooledEngine): Promise<Engine> {
    const { target, opening } = pooled;
    const creating = target.create(pooled);
    try {
      pooled.engine = await Promise.race([opening.givenUp, creating]);
    } catch (error) {
      this.#forget(pooled);
      if (opening.expired !== undefined) void this.#disposeLate(target, creating);
      // Its callers have gone, so that nobody hears of it from here.
      if (opening.expired === 'closeTimeoutMs') this.#report(asFerrumError(error, target.descriptorId));
      throw error;
    } finally {
      opening.end();
    }
    const refusal = pooled.isAbandoned
      ? new FerrumError('Cancelled', `Opening ${target.model} was cancelled.`)
      : target.faultOf(pooled.engine);
    if (refusal !== undefined) {
      await this.#close(pooled);
      throw refusal;
    }
    pooled.state = 'open';
    this.#engines.delete(target.key);
    this.#engines.set(target.key, pooled);
    return pooled.engine;
  }

  /** Another engine may be open under the key by now, or the host disposed: this one is in nobody's way. */
  async #disposeLate(target: EngineTarget, creating: Promise<Engine>): Promise<void> {
    const engine = await creating.catch(() => undefined);
    if (engine === undefined) return;
    const failure = await this.#dispose(target, engine);
    if (failure !== undefined) process.emitWarning(failure);
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
    const stopListening = pooled.opening.listen(caller.onProgress);
    const goOn = dependent?.opening.waitForAnother();
    try {
      const engine = await abortable(pooled.opened, caller.signals, what);
      return { key: pooled.target.key, engine, release };
    } catch (error) {
      release();
      throw error;
    } finally {
      stopListening();
      goOn?.();
    }
  }

  #release(pooled: PooledEngine): void {
    pooled.leases -= 1;
    if (pooled.leases > 0 || this.#disposing) return;
    if (pooled.state === 'opening') pooled.opening.abandon();
    if (pooled.state !== 'open' || this.#idleTimeoutMs === Number.POSITIVE_INFINITY) return;
    // Not referenced: an idle engine must not keep the process alive.
    pooled.idleTimer = setTimeout(() => void this.#close(pooled), this.#idleTimeoutMs).unref();
  }

  async #close(pooled: PooledEngine): Promise<void> {
    const { engine, target } = pooled;
    pooled.state = 'closing';
    const failure = engine && (await this.#dispose(target, engine));
    if (failure !== undefined) this.#report(failure);
    this.#forget(pooled);
  }

  /** `dispose()` reports it, but that may be days away. */
  #report(failure: FerrumError): void {
    this.#failures.push(failure);
    if (!this.#disposing) process.emitWarning(failure);
  }

  /** Returns what it failed with, `Timeout` if it did not end. */
  async #dispose(target: EngineTarget, engine: Engine): Promise<FerrumError | undefined> {
    const { descriptorId, plugin, model } = target;
    const what = `${descriptorId} (plugin ${plugin}) with ${model} could not be closed`;
    const { closeTimeoutMs } = this.#limits;
    const late = (): FerrumError => {
      const message = `${what}: it was still at it after ${closeTimeoutMs} ms. If it needs longer, give createHost() a larger closeTimeoutMs.`;
      return new FerrumError('Timeout', message, { details: { engine: descriptorId, plugin, model, closeTimeoutMs } });
    };
    try {
      await withinTime(target.dispose(engine), closeTimeoutMs, late);
      return undefined;
    } catch (thrown) {
      return asFerrumError(thrown, what);
    }
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
