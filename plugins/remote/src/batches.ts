import { eitherSignal } from '@ferrum/registry/concurrency';
import pMap from 'p-map';
import type { ServerGroup } from './http/server-group.js';

/** Requests under way at once for one call and each server. */
const perServer = 4;

/**
 * Does work on batches of so many items, several at once, since there are several servers; the order is kept. The first
 * failure ends the others.
 */
export async function inBatches<T, R>(
  items: readonly T[],
  size: number,
  { servers, model, signal }: { readonly servers: ServerGroup; readonly model: string; readonly signal: AbortSignal },
  work: (batch: readonly T[], first: number, signal: AbortSignal) => Promise<R>,
): Promise<R[]> {
  const starts = Array.from({ length: Math.ceil(items.length / size) }, (_, index) => index * size);
  const failed = new AbortController();
  const either = eitherSignal([signal, failed.signal]);
  const concurrency = perServer * Math.max(1, servers.serversOf(model).length);
  try {
    return await pMap(starts, (first) => work(items.slice(first, first + size), first, either.signal), { concurrency });
  } finally {
    failed.abort();
    either.stop();
  }
}
