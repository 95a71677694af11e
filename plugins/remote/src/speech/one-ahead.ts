import { abortable, eitherSignal } from '@ferrum/registry/concurrency';

type Sound = AsyncGenerator<Float32Array, void, undefined>;

/** Requests the sound of each text while that of the one before is read; the order is kept. Who leaves ends the texts. */
export async function* oneAhead(
  texts: (signal: AbortSignal) => AsyncIterable<string>,
  request: (text: string, signal: AbortSignal) => Promise<Sound>,
  signal: AbortSignal,
): AsyncGenerator<readonly [string, Sound], void, undefined> {
  const left = new AbortController();
  const { signal: either, stop } = eitherSignal([signal, left.signal]);
  const iterator = texts(either)[Symbol.asyncIterator]();
  const next = () => {
    const asked = ask(iterator, request, either);
    // Whoever waits for it hears of it; nobody may.
    asked.catch(() => {});
    return asked;
  };
  try {
    let current = await abortable(next(), either, 'Speaking');
    while (current !== undefined) {
      const following = next();
      yield current;
      current = await abortable(following, either, 'Speaking');
    }
  } finally {
    left.abort();
    stop();
    // Not awaited: a text that is never finished would hold up who leaves.
    Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

async function ask(
  iterator: AsyncIterator<string>,
  request: (text: string, signal: AbortSignal) => Promise<Sound>,
  signal: AbortSignal,
): Promise<readonly [string, Sound] | undefined> {
  for (;;) {
    const { done, value } = await iterator.next();
    if (done) return undefined;
    if (value.trim() !== '') return [value, await request(value, signal)];
  }
}
