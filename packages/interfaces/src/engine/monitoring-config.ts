export interface MonitoringConfig {
  /** Default true. */
  readonly enableMetrics: boolean;
  /** Default true. */
  readonly enableTracing?: boolean;
  /** Between two exports, in ms. Default 5000. */
  readonly exportIntervalMs?: number;
}
