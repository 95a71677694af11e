import type { Capability, CapabilityMap, OpenEngine } from '@ferrum/interfaces';
import { EngineOpening } from './engine-opening.js';
import { FerrumError } from './errors.js';
import type { TimeLimits } from './time-limits.js';

export type Engine = CapabilityMap[Capability];

/** What to open, and how. */
export interface EngineTarget {
  readonly key: string;
  readonly descriptorId: string;
  /** The name of the plugin. */
  readonly plugin: string;
  readonly capability: Capability;
  readonly model: string;
  /** @throws FerrumError. */
  create(pooled: PooledEngine): Promise<Engine>;
  /** Why the engine cannot be used, if it lacks what its descriptor promises. Never throws. */
  faultOf(engine: Engine): FerrumError | undefined;
  /** @throws whatever the engine throws. */
  dispose(engine: Engine): Promise<void>;
}

export interface PooledLease {
  readonly key: string;
  readonly engine: Engine;
  release(): void;
}

/** One engine from the start of its opening to the end of its closing, and who needs whom meanwhile. */
export class PooledEngine {
  readonly target: EngineTarget;
  readonly opening: EngineOpening;
  state: 'opening' | 'open' | 'closing' | 'closed' = 'opening';
  readonly opened: Promise<Engine>;
  engine: Engine | undefined;
  /** Callers that wait for the engine or hold it. */
  leases = 0;
  idleTimer: NodeJS.Timeout | undefined;
  /** Resolves once the engine is closed, or its opening has failed. Never rejects. */
  readonly ended: Promise<void>;
  readonly #dependencies: PooledEngine[] = [];
  readonly #held: PooledLease[] = [];
  #markEnded: () => void = () => {};

  constructor(target: EngineTarget, limits: TimeLimits, create: (pooled: PooledEngine) => Promise<Engine>) {
    this.target = target;
    this.opening = new EngineOpening(target, limits);
    // A step later, so that whoever made this object has put it where others find it before any of the plugin's code runs.
    this.opened = Promise.resolve().then(() => create(this));
    // Each caller gets the error itself; when all of them have gone, nobody needs it.
    this.opened.catch(() => {});
    this.ended = new Promise((resolve) => {
      this.#markEnded = resolve;
    });
  }

  /** Can take another lease; otherwise it is on its way out, and a newcomer waits for `ended`. */
  get isJoinable(): boolean {
    return this.state === 'open' || (this.state === 'opening' && !this.isAbandoned);
  }

  get isAbandoned(): boolean {
    return this.opening.signal.aborted;
  }

  /** Undefined before it is open. */
  get status(): OpenEngine | undefined {
    const { descriptorId, capability, model } = this.target;
    return this.engine && { descriptorId, capability, model, leases: this.leases, engine: this.engine };
  }

  /**
   * Notes that this engine needs another, whether it waits for it or holds it.
   * @throws FerrumError `Config` when the other needs this one: they would wait for each other, or keep each other open.
   */
  addDependency(other: PooledEngine): void {
    const path = other.#pathTo(this);
    if (path === undefined) {
      this.#dependencies.push(other);
      return;
    }
    const names = [this, ...path].map(({ target }) => `${target.descriptorId} (${target.model})`);
    const message = `Engines need each other in a circle: ${names.join(' → ')}. Resolve one of them outside create().`;
    throw new FerrumError('Config', message, { details: { cycle: names } });
  }

  removeDependency(other: PooledEngine): void {
    const index = this.#dependencies.indexOf(other);
    if (index !== -1) this.#dependencies.splice(index, 1);
  }

  needs(other: PooledEngine): boolean {
    return this.#dependencies.includes(other);
  }

  /** @throws FerrumError `Cancelled` when the engine is closed or about to be. */
  assertAlive(): void {
    if (this.isJoinable) return;
    const { descriptorId, model } = this.target;
    throw new FerrumError('Cancelled', `Engine ${descriptorId} with ${model} is closed and can resolve no other.`);
  }

  /** Keeps the lease until this engine ends. */
  hold(lease: PooledLease): void {
    try {
      this.assertAlive();
    } catch (error) {
      lease.release();
      throw error;
    }
    this.#held.push(lease);
  }

  end(): void {
    this.state = 'closed';
    for (const lease of this.#held.splice(0).reverse()) lease.release();
    this.#dependencies.length = 0;
    this.#markEnded();
  }

  /** The engines from this one to the other along dependencies, both included. */
  #pathTo(other: PooledEngine): readonly PooledEngine[] | undefined {
    if (this === other) return [this];
    for (const dependency of this.#dependencies) {
      const rest = dependency.#pathTo(other);
      if (rest !== undefined) return [this, ...rest];
    }
    return undefined;
  }
}
