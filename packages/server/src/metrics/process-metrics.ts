import { collectDefaultMetrics, Registry } from 'prom-client';

let shared: Registry | undefined;

/**
 * `process_*` and `nodejs_*`, which are the same for every server in the process: prom-client's observers of the garbage
 * collector and of the event loop cannot be stopped, so there is one of each, however many servers come and go. They keep
 * no process alive.
 */
export function processMetrics(): Registry {
  if (shared === undefined) {
    shared = new Registry();
    // In ms; a timer of the event loop fires as often.
    collectDefaultMetrics({ register: shared, eventLoopMonitoringPrecision: 20 });
  }
  return shared;
}
