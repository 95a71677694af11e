export type RequestState = 'waiting' | 'running' | 'preempted' | 'completed' | 'failed' | 'cancelled';
