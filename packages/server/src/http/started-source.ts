/**
 * Waits for the first element, so that an error before it is known before anything is sent. Leaving the rest early ends the
 * source, also when nothing was taken of it: a generator that nobody has read from would not hear that it is left.
 */
export async function startSource<T>(source: AsyncGenerator<T>): Promise<StartedSource<T>> {
  let first: Promise<IteratorResult<T>> | undefined = source.next();
  await first;
  const all: StartedSource<T> = {
    next: () => {
      const next = first ?? source.next();
      first = undefined;
      return next;
    },
    return: () => source.return(undefined),
    [Symbol.asyncIterator]: () => all,
  };
  return all;
}

export interface StartedSource<T> extends AsyncIterableIterator<T> {
  next(): Promise<IteratorResult<T>>;
  return(): Promise<IteratorResult<T>>;
}
