import { setTimeout as sleep } from 'node:timers/promises';
import type { InferenceEngine } from '@ferrum/interfaces';

/** Until the engine counts a call, or what runs has ended. @returns whether it counted one */
export async function untilActive(engine: InferenceEngine, running: Promise<unknown>): Promise<boolean> {
  let hasEnded = false;
  const end = () => {
    hasEnded = true;
  };
  running.then(end, end);
  while (!hasEnded) {
    if ((await callsOf(engine)) > 0) return true;
    await sleep(1);
  }
  return false;
}

/** Until the engine counts no call: one that was ended may hold its place until the end of the step under way. */
export async function untilIdle(engine: InferenceEngine): Promise<void> {
  while ((await callsOf(engine)) > 0) await sleep(1);
}

async function callsOf(engine: InferenceEngine): Promise<number> {
  const { activeRequests, queuedRequests } = await engine.status();
  return activeRequests + queuedRequests;
}
