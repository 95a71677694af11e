import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

export interface TestServer {
  readonly url: string;
  /** What was asked for, in order. */
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
}

/** A local server that is closed after the test file. */
export async function startServer(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<TestServer> {
  const requests: TestServer['requests'] = [];
  const server = createServer((request, response) => {
    requests.push({ path: request.url ?? '', headers: request.headers });
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

export interface ServedFile {
  readonly content: Uint8Array;
  readonly etag?: string;
  /** Breaks the connection once so many bytes of a response are sent; called for each response. */
  readonly breakAfter?: () => number | undefined;
  /** Sends so many bytes and then nothing more. */
  readonly hangAfter?: () => number | undefined;
}

/** Serves a file as RFC 9110 says: Range, If-Range, ETag. */
export function serveFile(request: IncomingMessage, response: ServerResponse, file: ServedFile): void {
  const { content, etag } = file;
  const start = rangeStart(request.headers, etag);
  if (start !== undefined && start >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  const body = content.subarray(start ?? 0);
  response.writeHead(start === undefined ? 200 : 206, {
    'content-length': body.length,
    'accept-ranges': 'bytes',
    ...(etag === undefined ? {} : { etag }),
    ...(start === undefined ? {} : { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
  });
  const breakAfter = file.breakAfter?.();
  const hangAfter = file.hangAfter?.();
  if (breakAfter !== undefined) response.write(body.subarray(0, breakAfter), () => response.destroy());
  else if (hangAfter !== undefined) response.write(body.subarray(0, hangAfter));
  else response.end(body);
}

function rangeStart(headers: IncomingHttpHeaders, etag: string | undefined): number | undefined {
  const match = /^bytes=(\d+)-$/.exec(headers.range ?? '');
  const condition = headers['if-range'];
  return match === null || (condition !== undefined && condition !== etag) ? undefined : Number(match[1]);
}
