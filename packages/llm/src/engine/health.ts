import type { ComponentHealth, HealthState, HealthStatus } from '@ferrum/interfaces';
import type { FerrumError } from '@ferrum/registry/errors';
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
  const lastCheck = new Date();
  const component = (
    warning: string | undefined,
    fine: string,
    metrics: Record<string, number> = {},
  ): ComponentHealth => ({
    status: !isOpen ? 'unhealthy' : warning === undefined ? 'healthy' : 'warning',
    message: !isOpen ? 'the engine is shut down' : (warning ?? fine),
    metrics,
    lastCheck,
  });
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
  const order: readonly HealthState[] = ['healthy', 'warning', 'unhealthy'];
  const worst = Math.max(...Object.values(componentStatus).map(({ status }) => order.indexOf(status)));
  return { status: order[worst] as HealthState, componentStatus, lastCheck };
}
