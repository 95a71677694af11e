/**
 * Works on several items at a time and yields the results in the items' order. When the loop over them ends early, or an item fails,
 * `signal` of the others fires, and they are waited for.
 */
export async function* mapInOrder<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item, index: number, signal: AbortSignal) => Promise<Result>,
  outer: AbortSignal | undefined,
): AsyncGenerator<Result> {
  const controller = new AbortController();
  const signal = outer ? AbortSignal.any([outer, controller.signal]) : controller.signal;
  const running: Promise<Result>[] = [];
  let next = 0;
  const start = () => {
    const index = next++;
    const result = work(items[index] as Item, index, signal);
    // It is awaited later: until then a failure is not an unhandled one.
    result.catch(() => undefined);
    running.push(result);
  };
  try {
    while (next < items.length || running.length > 0) {
      while (running.length < atOnce && next < items.length) start();
      yield await (running.shift() as Promise<Result>);
    }
  } finally {
    controller.abort();
    await Promise.allSettled(running);
  }
}
