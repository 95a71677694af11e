/** A generator, or one that was started. */
export interface MergedSource<T> {
  next(): Promise<IteratorResult<T>>;
  return(value?: undefined): Promise<unknown>;
}

/**
 * Elements of several sources as they come, each with the place of its source. Leaving early, or a failure, ends them all.
 * @param atOnce sources that are asked side by side; the next begins when one has ended
 */
export async function* mergeStreams<T>(
  sources: readonly MergedSource<T>[],
  atOnce: number,
): AsyncGenerator<{ readonly source: number; readonly value: T }> {
  const waiting = new Map<number, Promise<{ readonly source: number; readonly next: IteratorResult<T> }>>();
  const ask = (source: number) => {
    const next = sources[source]?.next();
    if (next === undefined) return;
    waiting.set(
      source,
      next.then((result) => ({ source, next: result })),
    );
  };
  let begun = Math.min(atOnce, sources.length);
  for (let source = 0; source < begun; source += 1) ask(source);
  try {
    while (waiting.size > 0) {
      const { source, next } = await Promise.race(waiting.values());
      waiting.delete(source);
      if (next.done) {
        ask(begun);
        begun += 1;
      } else {
        yield { source, value: next.value };
        ask(source);
      }
    }
  } finally {
    // Each waits for what it was asked for last, which may fail too: the first failure is the one that counts.
    await Promise.allSettled([...waiting.values(), ...sources.map((source) => source.return(undefined))]);
  }
}
