import { setTimeout as sleep } from 'node:timers/promises';

/** What keeps the process busy, by kind, once what is about to end has ended. */
export async function settledResources(): Promise<ReadonlyMap<string, number>> {
  let last = '';
  for (let round = 0; round < 50; round += 1) {
    await sleep(20);
    const now = process.getActiveResourcesInfo().sort().join();
    if (now === last) break;
    last = now;
  }
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
