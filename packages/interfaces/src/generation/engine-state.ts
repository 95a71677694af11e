import type { EngineConfig } from '../engine/engine-config.js';
import type { EngineMetrics } from '../engine/engine-metrics.js';
import type { JsonValue } from '../json.js';
import type { EngineRequestState } from './engine-request-state.js';

/** Of a running engine. Holds only what the structured clone algorithm copies, so it can be sent or stored. */
export interface EngineState {
  readonly specificationVersion: '1';
  /** `config.model.modelId` must be the model of the engine that imports it. */
  readonly config: EngineConfig;
  /** At the time of export. */
  readonly metrics: EngineMetrics;
  /** By component, e.g. `model` with a hash of the weights. */
  readonly componentStates: Readonly<Record<string, JsonValue>>;
  readonly activeRequests: readonly EngineRequestState[];
  readonly timestamp: Date;
}
