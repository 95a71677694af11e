import path from 'node:path';
import type { CapabilityMap, EngineLease, Host, LlmInferenceEngine } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { distance } from 'fastest-levenshtein';
import { shorten } from '../http/shorten.js';
import type { ServedModel } from '../options/served-model.js';
import { type AdapterFailure, AdapterShelf } from './adapter-shelf.js';

/** What the API can do with a model. */
export const servedCapabilities = ['text-generation', 'embedding', 'reranking', 'transcription', 'speech'] as const;

export type ServedCapability = (typeof servedCapabilities)[number];

export interface ModelEntry {
  readonly id: string;
  readonly aliases: readonly string[];
  /** What the host resolves. */
  readonly model: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly created: number;
  readonly preload: boolean;
  /** Other names for voices. */
  readonly voices: Readonly<Record<string, string>>;
  readonly capabilities: readonly ServedCapability[];
  /** LoRA adapters of a language model, chosen as `id:adapter`. */
  readonly adapters: AdapterShelf;
}

export interface OpenModel {
  readonly entry: ModelEntry;
  readonly capability: ServedCapability;
  readonly engine: CapabilityMap[ServedCapability];
}

/** The models that clients may name, and the way to their engines. */
export class ModelDirectory {
  readonly #byName = new Map<string, ModelEntry>();
  /** As last leased; one that the host has closed since is passed over. */
  readonly #engines = new Map<string, OpenModel>();
  readonly #features = new WeakMap<object, Map<string, boolean>>();

  private constructor(
    private readonly host: Host,
    readonly entries: readonly ModelEntry[],
    private readonly adapterFailed: AdapterFailure,
  ) {
    for (const entry of entries) {
      for (const name of [entry.id, ...entry.aliases]) {
        if (this.#byName.has(name)) {
          throw new FerrumError('Config', `Two models are called ${name}. Give one of them another id or alias.`);
        }
        this.#byName.set(name, entry);
      }
    }
  }

  /**
   * @param adapterFailed called for adapters that do not load when their model opens
   * @throws FerrumError `Config` for a model that no engine opens, or two of one name; whatever the model store says of one.
   */
  static async open(
    host: Host,
    models: readonly (string | ServedModel)[],
    adapterFailed: AdapterFailure = () => {},
  ): Promise<ModelDirectory> {
    const startedAt = Math.floor(Date.now() / 1000);
    if (models.length === 0)
      throw new FerrumError('Config', 'There is no model to serve. Name at least one in `models`.');
    const entries = await Promise.all(models.map((model) => describe(host, model, startedAt)));
    return new ModelDirectory(host, entries, adapterFailed);
  }

  /**
   * The model of a name, or of `name:adapter`. Names may hold colons themselves: the longest that is served counts.
   * @throws FerrumError `NotFound` for a name that is not served, nor begins with that of a language model that is
   */
  locate(name: string): { readonly entry: ModelEntry; readonly adapter?: string } {
    for (let end = name.length; end > 0; end = name.lastIndexOf(':', end - 1)) {
      const entry = this.#byName.get(name.slice(0, end));
      if (entry === undefined) continue;
      if (end === name.length) return { entry };
      const adapter = name.slice(end + 1);
      if (adapter !== '' && entry.capabilities.includes('text-generation')) return { entry, adapter };
    }
    return { entry: this.find(name) };
  }

  /** @throws FerrumError `NotFound` for a name that is not served. */
  find(name: string): ModelEntry {
    const entry = this.#byName.get(name);
    if (entry !== undefined) return entry;
    const nearest = nearestOf(name, [...this.#byName.keys()]);
    const suggestion = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
    const known = this.entries.map(({ id }) => id).join(', ');
    throw new FerrumError(
      'NotFound',
      `There is no model ${JSON.stringify(shorten(name, 256))} here.${suggestion} Models: ${known}.`,
      {
        details: { parameter: 'model', apiCode: 'model_not_found' },
      },
    );
  }

  /**
   * Opens the model, or shares it if it is open. The caller releases the lease.
   * @throws FerrumError `NotFound`; `Unsupported` for a model that does something else; `Model` when it does not open.
   */
  async lease<C extends ServedCapability>(
    capability: C,
    name: string,
    signal?: AbortSignal,
  ): Promise<ModelLease<CapabilityMap[C]>> {
    const { entry, adapter } = this.locate(name);
    if (!entry.capabilities.includes(capability)) throw wrongCapability(entry, capability, this.entries);
    let lease: EngineLease<CapabilityMap[C]>;
    try {
      lease = await this.host.lease(capability, { model: entry.model, options: entry.options, signal });
    } catch (error) {
      throw notOpened(entry, error);
    }
    this.#engines.set(`${capability} ${entry.id}`, { entry, capability, engine: lease.engine });
    const release = () => lease.release();
    if (capability !== 'text-generation') return { engine: lease.engine, entry, servedAs: entry.id, release };
    const engine = lease.engine as LlmInferenceEngine;
    entry.adapters.stock(engine, this.adapterFailed);
    if (adapter === undefined) return { engine: lease.engine, entry, servedAs: entry.id, release };
    try {
      await entry.adapters.ready(engine, adapter);
    } catch (error) {
      await release();
      throw error;
    }
    return { engine: lease.engine, entry, adapter, servedAs: `${entry.id}:${adapter}`, release };
  }

  /** Whether the engine, which is open, declares a feature. */
  async hasFeature(entry: ModelEntry, engine: object, feature: string): Promise<boolean> {
    const open = this.host.openEngines().find((candidate) => candidate.engine === engine);
    if (open === undefined) return false;
    const known = this.#features.get(engine) ?? new Map<string, boolean>();
    this.#features.set(engine, known);
    const remembered = known.get(feature);
    if (remembered !== undefined) return remembered;
    const { candidates } = await this.host.explain(open.capability, {
      model: entry.model,
      options: entry.options,
      features: [feature],
    });
    // It opened the model, so what it may lack is the feature.
    const has = candidates.some(({ id, score }) => id === open.descriptorId && score > 0);
    known.set(feature, has);
    return has;
  }

  /** The language model's engine, if it is open. */
  openLanguageModel(entry: ModelEntry): LlmInferenceEngine | undefined {
    const open = this.openModels().find((each) => each.entry === entry && each.capability === 'text-generation');
    return open?.engine as LlmInferenceEngine | undefined;
  }

  /** Leases the model for as long as the work takes. @throws FerrumError as `lease` does; whatever the work throws. */
  async use<C extends ServedCapability, T>(
    capability: C,
    name: string,
    signal: AbortSignal,
    work: (engine: CapabilityMap[C], entry: ModelEntry) => Promise<T>,
  ): Promise<T> {
    const { engine, entry, release } = await this.lease(capability, name, signal);
    try {
      return await work(engine, entry);
    } finally {
      await release();
    }
  }

  /** Engines that are open now. */
  openModels(): readonly OpenModel[] {
    // By the engine itself: a model may be served twice, with different options.
    const open = new Set(this.host.openEngines().map(({ engine }) => engine));
    return [...this.#engines.values()].filter(({ engine }) => open.has(engine));
  }

  isOpen(entry: ModelEntry, capability?: ServedCapability): boolean {
    return this.openModels().some(
      (open) => open.entry === entry && (capability === undefined || open.capability === capability),
    );
  }
}

export interface ModelLease<E> {
  readonly engine: E;
  readonly entry: ModelEntry;
  /** The LoRA adapter that was chosen; the engine has it. */
  readonly adapter?: string;
  /** What the answer says that it is of: the model's id, with the adapter. */
  readonly servedAs: string;
  release(): Promise<void>;
}

/** What an engine of the host opens the model for, and what each says of it. Opens none. @throws FerrumError of the model store. */
export async function explainModel(
  host: Host,
  model: string,
): Promise<{ readonly capabilities: readonly ServedCapability[]; readonly reasons: readonly string[] }> {
  const explanations = await Promise.all(servedCapabilities.map((capability) => host.explain(capability, { model })));
  return {
    capabilities: servedCapabilities.filter((_, index) => explanations[index]?.candidates[0]?.chosen === true),
    reasons: explanations.flatMap(({ candidates }) => candidates.map(({ id, reason }) => `${id}: ${reason}`)),
  };
}

async function describe(host: Host, served: string | ServedModel, startedAt: number): Promise<ModelEntry> {
  const { model, id, aliases, options, created, preload, voices, adapters } =
    typeof served === 'string' ? { model: served } : served;
  const shownId = id ?? nameOf(model);
  const { capabilities, reasons } = await explainModel(host, model);
  if (capabilities.length === 0) {
    throw new FerrumError(
      'Config',
      `No engine here opens ${model}. Leave it out, or install a plugin for it.${reasons.length > 0 ? ` ${reasons.join('; ')}.` : ''}`,
      { details: { model } },
    );
  }
  if (adapters !== undefined && !capabilities.includes('text-generation')) {
    throw new FerrumError(
      'Config',
      `${shownId} is no language model, so it takes no adapters. Leave \`adapters\` out.`,
    );
  }
  return {
    id: shownId,
    aliases: aliases ?? [],
    model,
    options: options ?? {},
    created: created ?? startedAt,
    preload: preload ?? false,
    voices: voices ?? {},
    capabilities,
    adapters: new AdapterShelf(shownId, adapters ?? {}),
  };
}

/** One that differs in a third of its characters at most. */
function nearestOf(name: string, names: readonly string[]): string | undefined {
  const ranked = names.map((known) => ({ known, away: distance(name, known) })).sort((a, b) => a.away - b.away);
  const [nearest] = ranked;
  return nearest && nearest.away <= nearest.known.length / 3 ? nearest.known : undefined;
}

/** A path is nobody's business but the operator's: clients see its last part. */
function nameOf(model: string): string {
  return path.isAbsolute(model) || /^(\.{1,2}|~)[/\\]/.test(model) ? path.basename(model) : model;
}

function wrongCapability(entry: ModelEntry, capability: ServedCapability, all: readonly ModelEntry[]): FerrumError {
  const able = all.filter(({ capabilities }) => capabilities.includes(capability)).map(({ id }) => id);
  const message =
    `The model ${entry.id} does ${entry.capabilities.join(' and ')}, not ${capability}. ` +
    (able.length > 0 ? `Use ${able.join(' or ')}.` : 'No model served here does.');
  return new FerrumError('Unsupported', message, { details: { parameter: 'model', apiCode: 'model_not_supported' } });
}

/** That a model does not open is no fault of the request, whatever the code says. Why is for the log: it names the server's files. */
function notOpened(entry: ModelEntry, error: unknown): unknown {
  if (!FerrumError.isInstance(error)) return error;
  if (error.code === 'Cancelled' || error.code === 'ResourceExhausted') return error;
  return new FerrumError('Model', `The model ${entry.id} could not be opened. The server's log says why.`, {
    cause: error,
  });
}
