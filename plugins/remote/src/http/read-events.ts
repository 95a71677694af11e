import { FerrumError } from '@ferrum/registry/errors';
import { createParser } from 'eventsource-parser';
import { brokenOff, invalidAnswer, startsAnew } from './failure.js';
import { parseJson, wrongType } from './read-body.js';
import type { ServerResponse } from './remote-server.js';
import { toldError } from './response-failure.js';
import type { ServerCall } from './server-call.js';
import type { ServerGroup } from './server-group.js';

/** Of one event, in characters. */
const longestEvent = 8 * 1024 * 1024;
/** Between `[DONE]` and the end of the answer, in ms. */
const longestEnd = 1000;

/**
 * What server-sent events hold, each as soon as it is there; ends at `[DONE]` or with the stream. Nothing is read before it
 * is asked for.
 * @throws FerrumError `Backend` for something else, and for an event `{error}`
 */
export async function* readEvents(response: ServerResponse): AsyncGenerator<unknown, void, undefined> {
  const { url, body, headers } = response;
  if (!/^text\/event-stream\b/i.test(String(headers['content-type']))) throw await wrongType(response, 'events');
  const ready: string[] = [];
  let failure: Error | undefined;
  let isDone = false;
  const parser = createParser({
    maxBufferSize: longestEvent,
    onEvent: ({ data }) => {
      // As the specification of event streams has it, one without data is none.
      if (data !== '') ready.push(data);
    },
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') failure = error;
    },
  });
  const decoder = new TextDecoder();
  try {
    for await (const bytes of body.iterator({ destroyOnReturn: false })) {
      parser.feed(decoder.decode(bytes, { stream: true }));
      if (failure !== undefined) throw invalidAnswer(url, `sends an event of more than ${longestEvent} characters.`);
      for (const data of ready.splice(0)) {
        isDone = data === '[DONE]';
        if (isDone) return;
        const event = parseJson(url, data);
        const error = toldError(url, event, 'in the middle of its answer');
        if (error !== undefined) throw error;
        yield event;
      }
    }
  } finally {
    // After the last event comes the end, and then the connection can be used again.
    if (isDone) body.dump({ limit: 16_384, signal: AbortSignal.timeout(longestEnd) }).catch(() => {});
    else body.destroy();
  }
}

/** Sends a request whose answer is events. @returns the events, the first of which is there */
export async function openEvents(group: ServerGroup, call: ServerCall, signal: AbortSignal): Promise<EventStream> {
  return group.run(call, signal, async (response) => {
    const events = readEvents(response);
    const first = await events.next();
    return { url: response.url, events: startedWith(first, events, response.url, signal) };
  });
}

export interface EventStream {
  /** Of the server. */
  readonly url: string;
  readonly events: AsyncIterable<unknown>;
}

/** An answer that came to an end before it was whole. */
export function cutShort(url: string): FerrumError {
  return new FerrumError('Network', `${url} ended its answer before it was whole. ${startsAnew}`, { details: { url } });
}

/** Failures of the connection are told as those of a request are. */
async function* startedWith(
  first: IteratorResult<unknown, void>,
  rest: AsyncGenerator<unknown, void, undefined>,
  url: string,
  signal: AbortSignal,
): AsyncGenerator<unknown, void, undefined> {
  try {
    for (let next = first; !next.done; next = await rest.next()) yield next.value;
  } catch (error) {
    throw brokenOff(error, url, signal);
  } finally {
    await rest.return();
  }
}
