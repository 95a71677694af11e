import type { SchedulingPolicy } from '@ferrum/interfaces';
import { fairSharePolicy } from './fair-share-policy.js';
import { firstComePolicy } from './first-come-policy.js';
import type { Policy } from './policy.js';
import { priorityPolicy } from './priority-policy.js';
import { shortestJobPolicy } from './shortest-job-policy.js';

export interface PolicyOptions {
  readonly policy: SchedulingPolicy;
  readonly priorityAgingMs: number;
  readonly fairShareWeights: Readonly<Record<string, number>>;
}

export function createPolicy({ policy, priorityAgingMs, fairShareWeights }: PolicyOptions): Policy {
  switch (policy) {
    case 'fcfs':
      return firstComePolicy();
    case 'priority':
      return priorityPolicy(priorityAgingMs);
    case 'sjf':
      return shortestJobPolicy(priorityAgingMs);
    case 'fair-share':
      return fairSharePolicy(fairShareWeights);
  }
}
