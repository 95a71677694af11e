import type { ComponentStatus } from './component-status.js';

export interface HealthStatus {
  /** The worst of the components. */
  readonly status: HealthState;
  readonly componentStatus: ComponentStatus;
  readonly lastCheck: Date;
}

/** Ordered: an engine in `warning` still serves, an `unhealthy` one does not. */
export type HealthState = 'healthy' | 'warning' | 'unhealthy';
