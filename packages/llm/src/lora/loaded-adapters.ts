import type { AdapterInfo, AdapterSource } from '@ferrum/interfaces';
import { describeIssue } from '@ferrum/models';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import * as v from 'valibot';
import type { DecoderConfig } from '../architecture/decoder-config.js';
import { invalid } from '../engine/invalid.js';
import type { AtRest, RunnerAdapter, RunnerAdapters } from '../engine/model-runner.js';
import type { ModelShape } from '../engine/model-shape.js';
import { adapterName } from './adapter-name.js';
import type { AdapterPair } from './read-adapter.js';
import { readAdapter } from './read-adapter.js';

/** An adapter that requests may use. */
export class LoadedAdapter {
  readonly #users = new Set<object>();
  #onIdle: (() => void) | undefined;
  isLeaving = false;

  constructor(
    /** Tells one loading from another: what was computed under a name says nothing about what bears it later. */
    readonly id: number,
    readonly source: Required<AdapterSource>,
    readonly pairs: Pick<AdapterInfo, 'rank' | 'targets'>,
    readonly runner: RunnerAdapter,
  ) {}

  get users(): number {
    return this.#users.size;
  }

  acquire(user: object): void {
    this.#users.add(user);
  }

  release(user: object): void {
    this.#users.delete(user);
    if (this.#users.size === 0) this.#onIdle?.();
  }

  /** Settles when nobody uses it. */
  async idle(): Promise<void> {
    if (this.#users.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  get info(): AdapterInfo {
    const { source, pairs, runner, users } = this;
    return { ...source, ...pairs, bytes: runner.bytes, activeRequests: users };
  }
}

export interface LoadedAdaptersParts {
  readonly modelId: string;
  readonly config: ModelShape;
  /** Undefined where the model's graph takes none. */
  readonly runner: RunnerAdapters | undefined;
  readonly atRest: AtRest;
}

const sourceSchema = v.strictObject({
  name: adapterName,
  path: v.pipe(v.string(), v.minLength(1, 'must not be empty')),
  scale: v.optional(v.pipe(v.number(), v.finite('must be finite')), 1),
});

/** The adapters of an engine. Loading and unloading take turns. */
export class LoadedAdapters {
  readonly #adapters = new Map<string, LoadedAdapter>();
  #ids = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(private readonly parts: LoadedAdaptersParts) {}

  get all(): readonly LoadedAdapter[] {
    return [...this.#adapters.values()];
  }

  /** @throws FerrumError `RequestValidation` for one that there is not, or that is being unloaded. */
  require(name: string): LoadedAdapter {
    const adapter = this.#adapters.get(name);
    if (adapter && !adapter.isLeaving) return adapter;
    const loaded = this.all.filter(({ isLeaving }) => !isLeaving).map(({ source }) => source.name);
    throw invalid(
      `\`adapter\`: ${adapter ? `"${name}" is being unloaded` : `there is no adapter "${name}"`}; there are ${loaded.join(', ') || 'none'}`,
      'adapter',
    );
  }

  async load(given: AdapterSource, signal: AbortSignal | undefined): Promise<AdapterInfo> {
    const source = checkSource(given);
    const { runner, config, modelId, atRest } = this.parts;
    if (!runner || !isDecoderConfig(config)) {
      throw new FerrumError('Unsupported', `${modelId} is a ready-made ONNX graph, which takes no adapters.`);
    }
    return this.#inTurn(async () => {
      throwIfAborted(signal, `Loading the adapter ${source.name}`);
      if (this.#adapters.has(source.name)) {
        throw invalidSource('name', `an adapter "${source.name}" is loaded already; unload it first`);
      }
      const pairs = await readAdapter(source.path, config, source.scale);
      throwIfAborted(signal, `Loading the adapter ${source.name}`);
      const adapter = new LoadedAdapter(this.#ids++, source, summary(pairs), await runner.add(pairs, atRest));
      this.#adapters.set(source.name, adapter);
      return adapter.info;
    });
  }

  async unload(name: string): Promise<void> {
    const adapter = this.#adapters.get(name);
    if (!adapter) throw new FerrumError('NotFound', `There is no adapter "${name}".`, { details: { adapter: name } });
    if (adapter.isLeaving) throw new FerrumError('NotFound', `The adapter "${name}" is being unloaded already.`);
    adapter.isLeaving = true;
    await adapter.idle();
    try {
      await this.#inTurn(async () => {
        await this.parts.runner?.remove(adapter.runner, this.parts.atRest);
        this.#adapters.delete(name);
      });
    } catch (error) {
      adapter.isLeaving = false;
      throw error;
    }
  }

  /** Waits for what is being loaded or unloaded; nothing is afterwards. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#turn;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(() => {
      if (this.#isClosed) throw new FerrumError('Cancelled', `The engine of ${this.parts.modelId} is shut down.`);
      return work();
    });
    this.#turn = done.catch(() => {});
    return done;
  }
}

function checkSource(given: AdapterSource): Required<AdapterSource> {
  const result = v.safeParse(sourceSchema, given, { abortEarly: true });
  if (result.success) return result.output;
  const { field, message } = describeIssue(result.issues);
  throw invalidSource(field || 'source', `\`${field || 'source'}\` ${message}`);
}

function invalidSource(parameter: string, message: string): FerrumError {
  return new FerrumError('InvalidParameter', `Invalid adapter: ${message}.`, { details: { parameter } });
}

/** The shapes of ready-made graphs say less. */
function isDecoderConfig(config: ModelShape): config is DecoderConfig {
  return 'intermediateSize' in config;
}

function summary(pairs: readonly AdapterPair[]): Pick<AdapterInfo, 'rank' | 'targets'> {
  return {
    rank: Math.max(...pairs.map(({ rank }) => rank)),
    targets: [...new Set(pairs.map(({ module }) => module.target))],
  };
}
