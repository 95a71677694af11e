import { eitherSignal, HandOver } from '@ferrum/registry/concurrency';

/** Does the work in a counted call. */
type Call = (signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<number>) => Promise<void>;

/** The work pushes what it has, and waits each time until it is taken; it resolves to the tokens it made. */
type Work<T> = (push: (value: T) => Promise<void>, signal: AbortSignal) => Promise<number>;

export interface StreamedCall<T> {
  /** For people, completes "… was cancelled": `Speaking`. */
  readonly what: string;
  readonly call: Call;
  /** Checks what was asked for, when the stream is first read. */
  readonly prepare: () => { readonly signal: AbortSignal | undefined; readonly work: Work<T> };
}

/** A stream whose work starts when it is first read, and ends at once when the reader leaves. */
export function streamOfCall<T>(options: StreamedCall<T>): AsyncGenerator<T, void, undefined> {
  const left = new AbortController();
  const stream = read(options, left);
  const end = stream.return.bind(stream);
  return Object.assign(stream, {
    // By itself a generator ends only after what it waits for: a server that says nothing would hold up who leaves.
    return: () => {
      left.abort();
      return end();
    },
  });
}

async function* read<T>(
  { what, call, prepare }: StreamedCall<T>,
  left: AbortController,
): AsyncGenerator<T, void, undefined> {
  const { signal, work } = prepare();
  const values = new HandOver<T>(what);
  const either = eitherSignal([signal, left.signal]);
  const running = call(either.signal, (every) => work((value) => values.push(value, every), every));
  running.then(
    () => values.end(),
    // Who has left does not want to know that it ended the work.
    (error: unknown) => values.end(left.signal.aborted ? undefined : { error }),
  );
  let isWhole = false;
  try {
    yield* values;
    isWhole = true;
  } finally {
    // A connection whose answer is whole is used again.
    if (!isWhole) left.abort();
    await running.catch(() => undefined);
    either.stop();
  }
}
