// How long the event loop keeps timers waiting.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** How often the loop is asked, in ms. */
const resolution = 2;

/** Of the loop while `work` runs: the 99th percentile of its delay over that of an idle second, and the longest, in ms. */
export async function delayOverIdle(work) {
  const idle = await delayDuring(() => sleep(1000));
  const busy = await delayDuring(work);
  return {
    eventLoopDelayMs: (busy.percentile(99) - idle.percentile(99)) / 1e6,
    longestStallMs: busy.max / 1e6 - resolution,
  };
}

async function delayDuring(work) {
  const histogram = monitorEventLoopDelay({ resolution });
  histogram.enable();
  await work();
  histogram.disable();
  return histogram;
}
