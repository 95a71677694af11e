import type { HealthStatus } from '@ferrum/interfaces';
import type { FerrumError } from '@ferrum/registry/errors';
import { componentHealth, healthOf as worstOf } from '@ferrum/registry/telemetry';
import type { PrefixCache } from './cache/prefix-cache.js';
import type { Schedulable } from './scheduling/schedulable.js';
import type { Scheduler } from './scheduling/scheduler.js';

export interface HealthFacts<S extends Schedulable> {
  readonly isOpen: boolean;
  readonly scheduler: Scheduler<S>;
  readonly prefixCache: PrefixCache;
  /** Of the latest run. */
  readonly failure: FerrumError | undefined;
  readonly contextLength: number;
}

/** A full queue and a failed run are warnings: the next request may find it otherwise. */
export function healthOf<S extends Schedulable>(facts: HealthFacts<S>): HealthStatus {
  const { isOpen, scheduler, prefixCache, failure, contextLength } = facts;
  const { blocks } = scheduler;
  const component = (warning: string | undefined, fine: string, metrics?: Readonly<Record<string, number>>) =>
    componentHealth({ isOpen, warning, fine, ...(metrics ? { metrics } : {}) });
  const componentStatus = {
    scheduler: component(scheduler.isFull ? 'the queue is full' : undefined, 'scheduler healthy', {
      waitingRequests: scheduler.waiting.size,
      runningRequests: scheduler.running.size,
      preemptions: scheduler.preemptions,
    }),
    backend: component(failure && `the last run failed: ${failure.message}`, 'backend healthy'),
    kvCache: component(undefined, 'kv cache healthy', {
      capacityTokens: contextLength,
      totalBlocks: blocks.total,
      usedBlocks: blocks.used,
      prefixCacheBytes: prefixCache.bytes,
    }),
  };
  return worstOf(componentStatus);
}
