/** Releases the engine's lease when the stream has ended, in whatever way. */
export async function* releasing<T>(source: AsyncIterable<T>, lease: { release(): Promise<void> }): AsyncGenerator<T> {
  try {
    yield* source;
  } finally {
    await lease.release();
  }
}
