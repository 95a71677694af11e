/** Who goes first: `fcfs` the first to come, `priority` the most urgent, `sjf` the shortest job, `fair-share` by client. */
export type SchedulingPolicy = 'fcfs' | 'priority' | 'fair-share' | 'sjf';
