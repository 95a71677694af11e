import type { AdapterSource, LlmInferenceEngine } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

/** Told of an adapter of a model's that an engine did not load. */
export type AdapterFailure = (failure: {
  readonly model: string;
  readonly adapter: string;
  readonly error: unknown;
}) => void;

/**
 * The LoRA adapters of one served model: those that the operator named, and those that were loaded while serving. They
 * outlive the engine, which is closed when it is idle: each engine that opens gets them anew.
 */
export class AdapterShelf {
  readonly #sources = new Map<string, AdapterSource>();
  /** What each engine loads or has loaded, by name. */
  readonly #loaded = new WeakMap<LlmInferenceEngine, Map<string, Promise<unknown>>>();
  /** Engines that were given what there was when they opened. */
  readonly #stocked = new WeakSet<LlmInferenceEngine>();

  constructor(
    private readonly model: string,
    adapters: Readonly<Record<string, string>>,
  ) {
    for (const [name, path] of Object.entries(adapters)) this.#sources.set(name, { name, path });
  }

  get names(): readonly string[] {
    return [...this.#sources.keys()];
  }

  has(name: string): boolean {
    return this.#sources.has(name);
  }

  /**
   * Begins to load all of them into an engine that has just opened.
   * @param failed called for each that does not load; it is tried again, and told of, when it is asked for
   */
  stock(engine: LlmInferenceEngine, failed: AdapterFailure): void {
    if (engine.loadAdapter === undefined || this.#stocked.has(engine)) return;
    this.#stocked.add(engine);
    for (const source of this.#sources.values())
      this.#load(engine, source).catch((error: unknown) => failed({ model: this.model, adapter: source.name, error }));
  }

  /**
   * Waits until the engine has the adapter.
   * @throws FerrumError `NotFound` for one that there is not; `Model` for one that does not load
   */
  async ready(engine: LlmInferenceEngine, name: string): Promise<void> {
    const source = this.#sources.get(name);
    if (source === undefined) {
      // Engines may be opened with adapters of their own.
      if (engine.adapters?.().some((adapter) => adapter.name === name)) return;
      throw noAdapter(this.model, name, this.namesWith(engine));
    }
    try {
      await this.#load(engine, source);
    } catch (error) {
      throw new FerrumError(
        'Model',
        `The adapter ${name} of ${this.model} could not be loaded. The server's log says why.`,
        { cause: error },
      );
    }
  }

  /** Of this list, and those that the engine was opened with. */
  namesWith(engine: LlmInferenceEngine | undefined): readonly string[] {
    return [...new Set([...this.names, ...(engine?.adapters?.() ?? []).map(({ name }) => name)])];
  }

  /** @throws FerrumError `InvalidParameter` for a name that is taken; `Unsupported`; whatever the engine says of the files. */
  async add(engine: LlmInferenceEngine, source: AdapterSource, signal: AbortSignal): Promise<void> {
    if (this.namesWith(engine).includes(source.name)) {
      const message = `There is an adapter ${source.name} of ${this.model} already. Unload it first, or choose another name.`;
      throw new FerrumError('InvalidParameter', message, { details: { apiParam: 'lora_name' } });
    }
    // Kept from now on, so that the same name cannot be added twice at once.
    this.#sources.set(source.name, source);
    try {
      await this.#load(engine, source, signal);
    } catch (error) {
      this.#sources.delete(source.name);
      throw error;
    }
  }

  /** Waits for the requests that use it. @throws FerrumError `NotFound` */
  async remove(engine: LlmInferenceEngine | undefined, name: string): Promise<void> {
    const isKnown = this.#sources.delete(name);
    const names = this.namesWith(engine);
    if (!isKnown && !names.includes(name)) throw noAdapter(this.model, name, names, adapterItself);
    if (engine === undefined) return;
    const loaded = this.#loaded.get(engine);
    await loaded?.get(name)?.catch(() => {});
    loaded?.delete(name);
    if (engine.adapters?.().some((adapter) => adapter.name === name)) await engine.unloadAdapter?.(name);
  }

  #load(engine: LlmInferenceEngine, source: AdapterSource, signal?: AbortSignal): Promise<unknown> {
    const loaded = this.#loaded.get(engine) ?? new Map<string, Promise<unknown>>();
    this.#loaded.set(engine, loaded);
    const known = loaded.get(source.name);
    if (known !== undefined) return known;
    const loading = loadInto(engine, source, signal);
    loaded.set(source.name, loading);
    loading.catch(() => {
      if (loaded.get(source.name) === loading) loaded.delete(source.name);
    });
    return loading;
  }
}

async function loadInto(engine: LlmInferenceEngine, source: AdapterSource, signal?: AbortSignal): Promise<unknown> {
  if (engine.loadAdapter === undefined) {
    throw new FerrumError('Unsupported', `The engine of ${engine.modelId} takes no LoRA adapters.`, {
      details: { apiParam: 'model', apiCode: 'model_not_supported' },
    });
  }
  return engine.loadAdapter(source, signal === undefined ? {} : { signal });
}

/** Where the request's model is `base:adapter`. */
const adapterInModel = { apiParam: 'model', apiCode: 'model_not_found' };
/** Where it names the adapter alone. */
const adapterItself = { apiParam: 'lora_name', apiCode: 'adapter_not_found' };

function noAdapter(
  model: string,
  name: string,
  known: readonly string[],
  details: typeof adapterInModel = adapterInModel,
): FerrumError {
  const list = known.length > 0 ? `Its adapters: ${known.join(', ')}.` : 'It has none.';
  return new FerrumError('NotFound', `The model ${model} has no adapter ${JSON.stringify(name)}. ${list}`, {
    details,
  });
}
