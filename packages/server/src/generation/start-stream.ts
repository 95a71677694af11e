/** Waits for the first element, so that an error before it is known before anything is sent. Leaving early ends the source. */
export async function startStream<T>(source: AsyncGenerator<T>): Promise<AsyncGenerator<T>> {
  const first = await source.next();
  async function* all(): AsyncGenerator<T> {
    try {
      for (let next = first; !next.done; next = await source.next()) yield next.value;
    } finally {
      await source.return(undefined);
    }
  }
  return all();
}

/** Releases the engine's lease when the stream has ended, in whatever way. */
export async function* releasing<T>(source: AsyncIterable<T>, lease: { release(): Promise<void> }): AsyncGenerator<T> {
  try {
    yield* source;
  } finally {
    await lease.release();
  }
}
