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
  /**
   * What the engine can do beyond the basic contract. A feature that is declared works; a request that uses one that is not
   * is refused with `Unsupported`. A third party may add features of its own; these have a fixed meaning:
   *
   * - of every engine that has it: `streaming` (results come piece by piece, as they are made; in speech also of a text that
   *   is still being written), `batching` (requests at the same time are computed together), `seed` (repeats a result);
   * - text-generation: `stream-usage` (the last chunk of a stream carries `usage`), `chat`, `raw-prompt` (a text as it is),
   *   `token-prompt` (a prompt as token ids), `token-ids` (answers carry the ids of their tokens), `stop-sequences`,
   *   `logprobs`, `multiple-choices` (`n`), `json-object`, `json-schema`, `grammar` (EBNF, regular expressions and choices),
   *   `tools`, `reasoning` (tells what a model thinks from its answer; `reasoning` of a request), `lora` (has `loadAdapter`,
   *   `unloadAdapter` and `adapters`), `image`, `prefix-cache`, `priority`, `tokenizer` (has `tokenize` and `detokenize`), `advanced` (is an
   *   `AdvancedInferenceEngine`);
   * - embedding: `dimensions` (shorter vectors), `prompts` (`promptName`), `token-input` (texts as token ids),
   *   `output-quantization` (encodings other than `float`), `truncation` (`truncate`), `image`;
   * - transcription: `live` (audio that is still being recorded), `word-timestamps`, `language-detection`, `translation`,
   *   `voice-activity-detection`;
   * - speech: `word-timestamps`, `loudness`, `voice-blending`, `speed`.
   */
  readonly features: readonly string[];
  /** Names of models that come with the engine, e.g. `espeak-ng`: no model store is asked for them. */
  readonly models?: readonly string[];
  /**
   * Prefixes of references to models of the engine itself, without the colon, e.g. `remote` for `remote:NAME`: no model store
   * is asked for those. Lower-case letters, digits and hyphens; not `hf`, `npm`, `pypi`, `http`, `https`, `file`.
   */
  readonly schemes?: readonly string[];
  /** Where it computes: `cpu`, `cuda:0`, `metal`, `remote` … */
  readonly device: string;
  /** Says, without opening the model or touching the network, whether this engine can serve it. One that is slow to say so cannot. */
  match(model: ModelManifest): ModelMatch | Promise<ModelMatch>;
  /**
   * Opens the model. It stops when `signal` fires, and reports progress: the host gives up one that is silent for too long.
   * The host calls it once at a time per model and options, not counting those that it gave up, and disposes whatever it
   * returns, also when that comes too late.
   */
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
  /** Fires when nobody waits for the engine any more, or the host has given it up. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
  /** Resolves another engine of the same host, held until this engine is disposed. */
  resolve<D extends Capability>(capability: D, request: ResolveRequest): Promise<CapabilityMap[D]>;
}
