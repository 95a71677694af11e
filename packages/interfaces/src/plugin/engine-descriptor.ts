import type { ModelManifest } from '../models/model-manifest.js';
import type { ModelStore } from '../models/model-store.js';
import type { ProgressListener } from '../models/progress-event.js';
import type { Capability, CapabilityMap } from './capability-map.js';
import type { ResolveRequest } from './host.js';

/** What a plugin registers: one way to serve one capability. */
export interface EngineDescriptor<C extends Capability = Capability> {
  readonly specificationVersion: '1';
  /** Unique in a host, by convention `package-name/engine`, e.g. `@ferrum/llm/default`. */
  readonly id: string;
  readonly capability: C;
  /** What the engine can do beyond the basic contract, e.g. `streaming`, `lora`, `json-schema`, `image`. */
  readonly features: readonly string[];
  /** Names of models that come with the engine, e.g. `espeak-ng`: no model store is asked for them. */
  readonly models?: readonly string[];
  /** Where it computes: `cpu`, `cuda:0`, `metal`, `remote` … */
  readonly device: string;
  /** Says, without opening the model or touching the network, whether this engine can serve it. */
  match(model: ModelManifest): ModelMatch | Promise<ModelMatch>;
  /** Opens the model. The host calls it at most once at a time per model and options, and disposes what it returns. */
  create(context: EngineContext): Promise<CapabilityMap[C]>;
}

/** A score above 0 means that the engine can open the model; higher is preferred. Our own engines answer 50. */
export interface ModelMatch {
  /** 0 (cannot) to 100. */
  readonly score: number;
  /** Why, in one clause, shown by `explain()`. */
  readonly reason: string;
}

/** What `create` gets to open a model with. */
export interface EngineContext {
  readonly model: ModelManifest;
  /** Present when a plugin of the host provides one. */
  readonly models?: ModelStore;
  /** Engine options of the resolve call, not interpreted by the host. An engine rejects those it does not know. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
  /** Resolves another engine of the same host, held until this engine is disposed. */
  resolve<D extends Capability>(capability: D, request: ResolveRequest): Promise<CapabilityMap[D]>;
}
