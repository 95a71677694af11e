import { setMaxListeners } from 'node:events';
import type {
  Capability,
  CapabilityMap,
  EngineLease,
  Explanation,
  Host,
  ModelManifest,
  ModelStore,
  OpenEngine,
  Plugin,
  PluginStatus,
  ResolveRequest,
} from '@ferrum/interfaces';
import { checkHostOptions, checkResolveRequest } from './check-arguments.js';
import { abortable, throwIfAnyAborted } from './concurrency/abortable.js';
import { withinTime } from './concurrency/within-time.js';
import { type Container, createContainer } from './container.js';
import { kindOf } from './define-plugin.js';
import { EnginePool } from './engine-pool.js';
import { engineTarget } from './engine-target.js';
import { FerrumError } from './errors.js';
import { messageOf } from './message-of.js';
import { isTakenFromOwner, leftToOwners, ownModel } from './own-models.js';
import type { PooledEngine, PooledLease } from './pooled-engine.js';
import { type Registration, registerPlugins } from './register-plugins.js';
import { explainRanking, noEngineError, type RankedEngine, rankEngines } from './resolution.js';
import { type TimeLimits, timeLimits } from './time-limits.js';

export interface HostOptions extends Partial<TimeLimits> {
  /** In registration order. */
  readonly plugins: readonly Plugin[];
  /** Where models come from. Default: the first store that a plugin provides. */
  readonly models?: ModelStore;
  /** How long, in ms, a leased engine stays open after its last lease. Default 5 minutes; Infinity: until the host is disposed. */
  readonly idleTimeoutMs?: number;
  /** Engine ids or plugin names, most wanted first; a request's own `prefer` comes before. */
  readonly prefer?: readonly string[];
}

/**
 * Starts to register the plugins and returns at once; `resolve`, `lease` and `explain` wait for them. What is no plugin, a
 * second plugin of a name, and one that fails to register are in `host.plugins` with the error; the others serve.
 * @throws FerrumError `Config` for an option out of range.
 */
export function createHost(options: HostOptions): Host {
  checkHostOptions(options);
  return new PluginHost(options);
}

const defaultIdleTimeoutMs = 5 * 60 * 1000;

class PluginHost implements Host {
  readonly #prefer: readonly string[];
  readonly #limits: TimeLimits;
  readonly #models: ModelStore | undefined;
  readonly #container: Container = createContainer();
  readonly #pool: EnginePool;
  readonly #disposal = new AbortController();
  readonly #registration: Registration;
  /** What `resolve` opened: one lease per engine, by the pool's key. */
  readonly #kept = new Map<string, PooledLease>();
  #disposed: Promise<readonly FerrumError[]> | undefined;

  constructor({ plugins, models, idleTimeoutMs = defaultIdleTimeoutMs, prefer = [], ...limits }: HostOptions) {
    // As many listeners as there are calls under way, each removed at its end: nothing to warn of.
    setMaxListeners(0, this.#disposal.signal);
    this.#prefer = [...prefer];
    this.#models = models;
    this.#limits = timeLimits(limits);
    this.#pool = new EnginePool(idleTimeoutMs, this.#limits);
    this.#registration = registerPlugins({
      plugins: [...plugins],
      container: this.#container,
      timeoutMs: this.#limits.registrationTimeoutMs,
      stop: this.#disposal.signal,
    });
  }

  get plugins(): readonly PluginStatus[] {
    return [...this.#registration.statuses];
  }

  async ready(): Promise<readonly PluginStatus[]> {
    await abortable(this.#registration.finished, [this.#disposal.signal], 'Registering the plugins');
    return this.plugins;
  }

  async resolve<C extends Capability>(capability: C, request: ResolveRequest): Promise<CapabilityMap[C]> {
    const lease = await this.#acquire(capability, request);
    if (this.#kept.has(lease.key)) lease.release();
    else this.#kept.set(lease.key, lease);
    return lease.engine as CapabilityMap[C];
  }

  async lease<C extends Capability>(capability: C, request: ResolveRequest): Promise<EngineLease<CapabilityMap[C]>> {
    const lease = await this.#acquire(capability, request);
    const release = async (): Promise<void> => lease.release();
    return { engine: lease.engine as CapabilityMap[C], release, [Symbol.asyncDispose]: release };
  }

  async explain(capability: Capability, request: ResolveRequest): Promise<Explanation> {
    const { ranked } = await this.#rank(capability, request, this.#signalsOf(request));
    return { capability, model: request.model, candidates: explainRanking(ranked) };
  }

  openEngines(): readonly OpenEngine[] {
    throwIfAnyAborted([this.#disposal.signal], 'openEngines()');
    return this.#pool.list();
  }

  async dispose(): Promise<void> {
    // The second of two calls, `await using` after dispose() say, waits but does not report the failures again.
    if (this.#disposed !== undefined) {
      await this.#disposed;
      return;
    }
    const message = 'the host is disposed; create another one with createHost().';
    this.#disposal.abort(new FerrumError('Cancelled', message));
    this.#disposed = this.#pool.dispose();
    const failures = await this.#disposed;
    if (failures.length === 0) return;
    throw new AggregateError(failures, `${failures.length} engine(s) could not be closed; see errors.`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #acquire(capability: Capability, request: ResolveRequest, dependent?: PooledEngine): Promise<PooledLease> {
    const signals = this.#signalsOf(request);
    if (dependent !== undefined) signals.push(dependent.opening.signal);
    const { ranked, model, models } = await this.#rank(capability, request, signals);
    const [best] = ranked;
    if (best === undefined || best.score === 0) {
      throw noEngineError(capability, request.model, ranked, this.#registration.statuses);
    }
    const target = engineTarget({
      engine: best,
      reference: request.model,
      model,
      models,
      options: Object.freeze({ ...request.options }),
      lease: (needed, requestOfEngine, engine) => this.#acquire(needed, requestOfEngine, engine),
    });
    return this.#pool.acquire(target, { signals, onProgress: request.onProgress, dependent });
  }

  async #rank(capability: Capability, request: ResolveRequest, signals: readonly AbortSignal[]): Promise<Ranking> {
    checkResolveRequest(capability, request);
    const what = `Finding an engine for ${request.model}`;
    await abortable(this.#registration.finished, signals, what);
    const engines = this.#container.engines(capability);
    const models = this.#models ?? this.#container.models();
    // Nothing to ask the store for: "no plugin offers it" is what the caller needs to hear, not that the model is unknown.
    if (engines.length === 0) return { ranked: [], model: { reference: request.model }, models };
    const { matchTimeoutMs } = this.#limits;
    const wishes = { features: request.features ?? [], prefer: [...(request.prefer ?? []), ...this.#prefer] };
    const ask = () => abortable(inspect(models, request.model, matchTimeoutMs), signals, what);
    const rank = async (manifest: ModelManifest): Promise<Ranking> => {
      // One engine must not change what the others, or the store, see.
      const model = Object.freeze({ ...manifest });
      const ranking = rankEngines(engines, model, wishes, { matchTimeoutMs, signals });
      return { ranked: await abortable(ranking, signals, what), model, models };
    };
    const own = ownModel(this.#container.allEngines(), request.model);
    if (own === undefined) return rank(await ask());
    const ranking = await rank(own);
    if (models === undefined || !isTakenFromOwner(ranking.ranked, request.model)) return ranking;
    let known: ModelManifest;
    try {
      known = await ask();
    } catch (error) {
      throwIfAnyAborted(signals, what);
      const reason = `model store ${models.id}: ${messageOf(error)}`;
      return { ...ranking, ranked: leftToOwners(ranking.ranked, request.model, reason) };
    }
    return rank(known);
  }

  #signalsOf(request: ResolveRequest): AbortSignal[] {
    return request?.signal instanceof AbortSignal ? [this.#disposal.signal, request.signal] : [this.#disposal.signal];
  }
}

interface Ranking {
  readonly ranked: readonly RankedEngine[];
  readonly model: ModelManifest;
  readonly models: ModelStore | undefined;
}

async function inspect(models: ModelStore | undefined, reference: string, timeoutMs: number): Promise<ModelManifest> {
  if (models === undefined) return { reference };
  const late = () =>
    new FerrumError(
      'Timeout',
      `Model store ${models.id} has not said what ${reference} is after ${timeoutMs} ms (matchTimeoutMs).`,
    );
  try {
    const manifest: unknown = await withinTime(models.inspect(reference), timeoutMs, late);
    if (typeof manifest !== 'object' || manifest === null) throw new Error(`it answered ${kindOf(manifest)}`);
    return manifest as ModelManifest;
  } catch (thrown) {
    if (FerrumError.isInstance(thrown)) throw thrown;
    const message = `Model store ${models.id} could not inspect ${reference}: ${messageOf(thrown)}`;
    throw new FerrumError('Model', message, { cause: thrown });
  }
}
