import type { HealthState } from './health-status.js';

/** A part that the engine does not have is absent. */
export interface ComponentStatus {
  readonly scheduler?: ComponentHealth;
  readonly modelExecutor?: ComponentHealth;
  readonly tokenizer?: ComponentHealth;
  readonly kvCache?: ComponentHealth;
  readonly memoryManager?: ComponentHealth;
  readonly backend?: ComponentHealth;
}

export interface ComponentHealth {
  readonly status: HealthState;
  /** For people, e.g. `tokenizer healthy`. */
  readonly message: string;
  /** What the state was judged by, units in the names. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly lastCheck: Date;
}
