import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request as it came. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** Resolves when the client has left before the answer was whole. */
  readonly aborted: Promise<void>;
}

/** What the server does with a request; `body` is its JSON. */
export type Answer = (response: ServerResponse, request: ReceivedRequest) => unknown;

export interface FakeServer extends AsyncDisposable {
  /** Base URL, with `/v1`. */
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** Connections that are open. */
  readonly connections: number;
  close(): Promise<void>;
}

/** A server that answers requests one after the other as it was told, the last way for all that follow. Checks of its health are `health`'s. */
export async function fakeServer(answers: readonly Answer[], health: Answer = json({})): Promise<FakeServer> {
  const requests: ReceivedRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    const aborted = new Promise<void>((resolve) => {
      response.once('close', () => {
        if (!response.writableFinished) resolve();
      });
    });
    try {
      for await (const piece of request) pieces.push(piece);
    } catch {
      return;
    }
    const received = {
      path: request.url ?? '',
      headers: request.headers,
      text: Buffer.concat(pieces).toString(),
      aborted,
    };
    if (received.path === '/health') return health(response, received);
    requests.push(received);
    return (answers[requests.length - 1] ?? answers.at(-1))?.(response, received);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    get connections() {
      return sockets.size;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export function failing(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return json({ error: { message: `it is ${status}`, type: 'x', param: null, code: null } }, status, headers);
}

export function text(body: string, type = 'text/html', status = 200): Answer {
  return (response) => response.writeHead(status, { 'content-type': type }).end(body);
}

/** Before a byte of an answer. */
export const reset: Answer = (response) => response.socket?.resetAndDestroy();

export const silent: Answer = () => undefined;

/** Events in OpenAI's framing; a number is a wait in ms; what is left out of the end is for the test to say. */
export function events(parts: readonly (object | string | number)[], end: 'end' | 'reset' | 'hang' = 'end'): Answer {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    for (const part of parts) {
      if (typeof part === 'number') await sleep(part);
      else response.write(`data: ${typeof part === 'string' ? part : JSON.stringify(part)}\n\n`);
    }
    // What was written is on its way before the connection breaks.
    if (end === 'reset') setTimeout(() => response.socket?.resetAndDestroy(), 20);
    if (end === 'end') response.end();
  };
}

export const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

export function chatDelta(content: string, finishReason: string | null = null, index = 0): object {
  return { choices: [{ index, delta: { content }, finish_reason: finishReason }] };
}

/** A whole stream that says these pieces. */
export function chatEvents(pieces: readonly string[]): Answer {
  return events([...pieces.map((piece) => chatDelta(piece)), chatDelta('', 'stop'), { choices: [], usage }, '[DONE]']);
}

export function chatAnswer(content: string): Answer {
  return json({ choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }], usage });
}
