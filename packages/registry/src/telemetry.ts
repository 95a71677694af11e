export { type ComponentFacts, componentHealth, healthOf } from './telemetry/health.js';
export { memoryUsage } from './telemetry/memory-usage.js';
export { RequestRecorder, type TimedPart } from './telemetry/request-recorder.js';
export { mean, percentile, sorted } from './telemetry/statistics.js';
