import { abortable } from '@ferrum/registry/concurrency';

/** The same values, each of them asked for while the one before is in use. Ends its source when it is left, or the signal fires. */
export async function* readAhead<T>(
  source: AsyncGenerator<T, void, undefined>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  let next = source.next();
  try {
    for (;;) {
      const current = await abortable(next, signal, 'Speaking');
      if (current.done) return;
      next = source.next();
      // It is looked at later, or not at all.
      next.catch(() => undefined);
      yield current.value;
    }
  } finally {
    // Not awaited: a text that is never finished would hold it up.
    void source.return().catch(() => undefined);
  }
}
