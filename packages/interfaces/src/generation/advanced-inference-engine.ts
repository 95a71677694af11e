import type { CallOptions } from '../engine/call-options.js';
import type { EngineConfig } from '../engine/engine-config.js';
import type { WorkProgressListener } from '../engine/work-progress.js';
import type { DiagnosticsReport } from './diagnostics-report.js';
import type { EngineState } from './engine-state.js';
import type { InferBatchResult } from './infer-batch-result.js';
import type { InferenceRequest } from './inference-request.js';
import type { LlmInferenceEngine } from './llm-inference-engine.js';
import type { RestoredRequest } from './restored-request.js';
import type { SpeculationConfig } from './speculation-config.js';
import type { SpeculativeResponse } from './speculative-response.js';
import type { WarmupResult } from './warmup-result.js';

/** What an engine may offer beyond generating text; its descriptor then lists the feature `advanced`. */
export interface AdvancedInferenceEngine extends LlmInferenceEngine {
  /** Runs requests side by side. Results keep the order of the requests, and one that fails leaves the others alone. */
  inferBatch(requests: readonly InferenceRequest[], options?: InferBatchOptions): Promise<readonly InferBatchResult[]>;
  /** As `infer`, with drafted tokens checked several at a time. Greedy text, and the distribution of sampled text, stay. */
  inferSpeculative(request: InferenceRequest, config: SpeculationConfig): Promise<SpeculativeResponse>;
  /** Runs requests so that the first real one finds everything loaded. Those that fail are listed among the issues. */
  warmup(requests: readonly InferenceRequest[]): Promise<WarmupResult>;
  /** Changes what can change while requests run. @throws FerrumError `Config` naming what cannot; then nothing changed. */
  reconfigure(config: EngineConfig): Promise<void>;
  diagnostics(): Promise<DiagnosticsReport>;
  /** The running requests go on. */
  exportState(options?: ExportStateOptions): Promise<EngineState>;
  /**
   * Takes up the requests of a state where they stopped.
   * @throws FerrumError `InvalidParameter` for the state of another model or configuration.
   */
  importState(state: EngineState): Promise<readonly RestoredRequest[]>;
}

export interface InferBatchOptions extends CallOptions {
  /** Unit: requests. */
  readonly onProgress?: WorkProgressListener;
}

export interface ExportStateOptions {
  /** Whether the state carries the KV of running requests, or they are computed again. Default false. */
  readonly includeKvCache?: boolean;
}
