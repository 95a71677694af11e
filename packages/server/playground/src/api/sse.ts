import { createParser } from 'eventsource-parser';
import { ApiError } from './client.js';

/**
 * The JSON objects of a `text/event-stream` body, in order, up to `data: [DONE]` or the end of the body.
 *
 * An event `{error:{message}}` is thrown as an `ApiError`. With `doneRequired` a body that ends before `[DONE]` is an
 * error too: the answer was cut.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  { doneRequired = false }: { readonly doneRequired?: boolean } = {},
): AsyncGenerator<Record<string, unknown>> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let waiting: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => waiting.push(data) });
  try {
    while (true) {
      const { done, value } = await reader.read();
      parser.feed(done ? decoder.decode() : decoder.decode(value, { stream: true }));
      const events = waiting;
      waiting = [];
      for (const data of events) {
        if (data === '[DONE]') return;
        yield parseEvent(data);
      }
      if (done) break;
    }
  } finally {
    // Also frees the connection when the caller stops reading. A body that has failed already has nothing to cancel.
    await reader.cancel().catch(() => undefined);
  }
  if (doneRequired) throw new ApiError(0, 'The connection ended before the answer was complete.');
}

function parseEvent(data: string): Record<string, unknown> {
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch {
    throw new ApiError(0, `The server sent an event that is not JSON: ${data.slice(0, 80)}`);
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    throw new ApiError(0, `The server sent an event that is not an object: ${data.slice(0, 80)}`);
  }
  const { error } = event as { error?: { message?: unknown } };
  if (error) {
    const message = typeof error.message === 'string' ? error.message : 'The server failed while it was answering.';
    throw new ApiError(0, message);
  }
  return event as Record<string, unknown>;
}
