/**
 * Waits for a promise, at most so many ms; Infinity: as long as it takes. The work behind it goes on either way. The timer
 * keeps the process alive, so that whoever waits hears of it; it is gone once the promise has settled.
 * @throws what `late` returns, when the time is over first
 */
export async function withinTime<T>(work: PromiseLike<T>, limitMs: number, late: () => Error): Promise<T> {
  if (limitMs === Number.POSITIVE_INFINITY) return work;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), limitMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
