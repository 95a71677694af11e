import type { SchedulingPolicy } from './scheduling-policy.js';

export interface SchedulerConfig {
  /** Default `priority`. */
  readonly policy: SchedulingPolicy;
  /** Requests that may wait; one more is refused with `ResourceExhausted`. Default 1000. */
  readonly maxWaitingRequests: number;
  /** Requests computed side by side. Default 32. */
  readonly maxRunningRequests: number;
  /** Whether a request of higher priority, or want of cache, may cost a running one its place. Default true. */
  readonly enablePreemption?: boolean;
  /** After waiting so long a request counts as one priority higher, in ms; that again, as two. Default: never. */
  readonly priorityAgingMs?: number;
  /** Over several backends. Default false. */
  readonly enableLoadBalancing?: boolean;
  /** Share of the steps per client id under `fair-share`; 1 for clients not listed. Default `{}`. */
  readonly fairShareWeights?: Readonly<Record<string, number>>;
  /** Whether deadlines reorder the queue. Default false. */
  readonly enableSlaEnforcement?: boolean;
  /** Whether admission counts a waiting prompt's tokens. Default true. */
  readonly promptTokenEstimate?: boolean;
  /** Prefill comes before decoding until this many requests run. Default: off. */
  readonly prefillFirstUntilActive?: number;
  /** Most prompt tokens of one request per step. Default: no limit but the batch's. */
  readonly prefillStepChunk?: number;
  /** Most prompt tokens of a step while other requests decode: what those wait for. Default: as `prefillStepChunk`. */
  readonly activeDecodePrefillChunk?: number;
}
