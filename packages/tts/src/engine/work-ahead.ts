import { abortable } from '@ferrum/registry/concurrency';

/**
 * Works on the values of a source, on up to `ahead` of them at once, and gives each with its result in the source's order. A slow
 * source holds up nothing that is ready. Ends its source when it is left or the signal fires.
 * @throws whatever the work of a value failed with, when its turn comes; what the source failed with, after all before it
 */
export async function* workAhead<T, R>(
  source: AsyncGenerator<T, void, undefined>,
  work: (value: T) => Promise<R>,
  ahead: number,
  signal: AbortSignal,
): AsyncGenerator<readonly [T, R], void, undefined> {
  const results: { readonly value: T; readonly result: Promise<R> }[] = [];
  let isOver = false;
  /** Of reading the source, while it goes on. */
  let reading: Promise<void> | undefined;
  const read = () => {
    if (reading || isOver || results.length >= ahead) return;
    reading = source.next().then(
      (next) => {
        reading = undefined;
        if (next.done) isOver = true;
        else {
          const result = work(next.value);
          // It is looked at when its turn comes, or not at all.
          result.catch(() => undefined);
          results.push({ value: next.value, result });
          read();
        }
      },
      (error: unknown) => {
        isOver = true;
        throw error;
      },
    );
    reading.catch(() => undefined);
  };
  try {
    for (;;) {
      read();
      const first = results[0];
      if (first) {
        const result = await abortable(first.result, signal, 'Speaking');
        results.shift();
        read();
        yield [first.value, result];
      } else if (reading) await abortable(reading, signal, 'Speaking');
      else return;
    }
  } finally {
    // Not awaited: a text that is never finished would hold it up.
    void source.return().catch(() => undefined);
  }
}
