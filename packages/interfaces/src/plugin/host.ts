import type { FerrumErrorCode } from '../errors/error-code.js';
import type { ProgressListener } from '../models/progress-event.js';
import type { Capability, CapabilityMap } from './capability-map.js';

/** What an application needs from an engine. */
export interface ResolveRequest {
  /** A catalogue name (`smollm2:135m`), a source (`hf:owner/name`, `npm:…`, `pypi:…`, `https:…`) or a local path. */
  readonly model: string;
  /** Features that the engine must have. */
  readonly features?: readonly string[];
  /** Engine ids or plugin names, most wanted first; they come before the score. */
  readonly prefer?: readonly string[];
  /** Options for the engine, e.g. `{ threads: 2, contextLength: 2048 }`. Different options open different engines. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal | undefined;
  /** Told of downloads, conversion and loading. */
  readonly onProgress?: ProgressListener | undefined;
}

/** Holds plugins, resolves engines by capability, owns every engine it opened. */
export interface Host extends AsyncDisposable {
  /** Plugins in registration order, those that failed to register included; one that still registers is not there yet. */
  readonly plugins: readonly PluginStatus[];
  /**
   * Waits until every plugin has registered, or failed to; calls that need them wait by themselves.
   * @throws FerrumError `Cancelled` when the host is disposed.
   */
  ready(): Promise<readonly PluginStatus[]>;
  /**
   * Opens (or shares) the best engine and keeps it until the host is disposed.
   * @throws FerrumError `Unsupported` listing every candidate and why it was passed over; `Cancelled` when the signal fires;
   * `Timeout` when the engine reports no progress for too long; `Backend` when it lacks what its descriptor promises; or
   * whatever opening the model failed with.
   */
  resolve<C extends Capability>(capability: C, request: ResolveRequest): Promise<CapabilityMap[C]>;
  /** Like `resolve`, but the engine may be closed some time (`idleTimeoutMs`) after its last lease is released. */
  lease<C extends Capability>(capability: C, request: ResolveRequest): Promise<EngineLease<CapabilityMap[C]>>;
  /** Says for each descriptor of the capability why it would or would not be chosen. Opens nothing. */
  explain(capability: Capability, request: ResolveRequest): Promise<Explanation>;
  /** Engines that are open now. */
  openEngines(): readonly OpenEngine[];
  /**
   * Disposes every engine in reverse order of opening.
   * @throws AggregateError with every failure, after all were tried; an engine that does not end in time is one.
   */
  dispose(): Promise<void>;
}

export interface EngineLease<E> extends AsyncDisposable {
  readonly engine: E;
  /** Safe to call twice. */
  release(): Promise<void>;
}

/** How the registration of a plugin ended. */
export type PluginStatus =
  | {
      readonly name: string;
      readonly version: string;
      readonly state: 'registered';
      /** Ids of its engines. */
      readonly engines: readonly string[];
    }
  | {
      /** Its place in the list, e.g. `plugins[1]`, where it has no name. */
      readonly name: string;
      /** Absent where it has none. */
      readonly version?: string;
      readonly state: 'failed';
      /** A FerrumError that names the plugin. */
      readonly error: Error & { readonly code: FerrumErrorCode };
    };

export interface OpenEngine {
  readonly descriptorId: string;
  readonly capability: Capability;
  readonly model: string;
  readonly leases: number;
  /** To be asked for its state only: without a lease it may be closed at any time. */
  readonly engine: CapabilityMap[Capability];
}

export interface Explanation {
  readonly capability: Capability;
  readonly model: string;
  /** Best first; the chosen one, if any, is the first. */
  readonly candidates: readonly CandidateExplanation[];
}

export interface CandidateExplanation {
  readonly id: string;
  readonly plugin: string;
  readonly chosen: boolean;
  readonly score: number;
  /** Readable, e.g. `lacks feature json-schema` or `cannot open architecture gemma3`. */
  readonly reason: string;
}
