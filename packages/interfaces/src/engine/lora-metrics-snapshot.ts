export interface LoraMetricsSnapshot {
  readonly enabled: boolean;
  readonly adapterCount: number;
  /** Running requests that use an adapter. */
  readonly activeCacheBindings: number;
  /** Times an adapter's matrices were applied to a linear layer. */
  readonly projectionApplications: number;
  /** `real-inference`: counted in the model; `startup-routing`: adapters are only names so far. */
  readonly position: 'real-inference' | 'startup-routing';
  /** Which runtime, e.g. `onnxruntime-lora`. */
  readonly source: string;
}
