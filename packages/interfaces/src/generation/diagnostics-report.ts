import type { EngineConfig } from '../engine/engine-config.js';
import type { EngineMetrics } from '../engine/engine-metrics.js';
import type { JsonValue } from '../json.js';
import type { DetailedResourceUsage } from './detailed-resource-usage.js';
import type { PerformanceAnalysis } from './performance-analysis.js';
import type { SystemInfo } from './system-info.js';

/** Everything needed to say why an engine is as fast as it is. */
export interface DiagnosticsReport {
  readonly configSnapshot: EngineConfig;
  readonly currentMetrics: EngineMetrics;
  readonly resourceUsage: DetailedResourceUsage;
  readonly performanceAnalysis: PerformanceAnalysis;
  /** Details by component, e.g. `scheduler`, `kvCache`. */
  readonly componentDiagnostics: Readonly<Record<string, JsonValue>>;
  readonly systemInfo: SystemInfo;
}
