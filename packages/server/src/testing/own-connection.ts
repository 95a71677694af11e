import { once } from 'node:events';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';

export interface OwnConnection {
  /** Rejects when the connection ends before it. */
  readonly response: Promise<IncomingMessage>;
  /** Resolves when the first bytes of the response's body are there. */
  readonly firstBytes: Promise<unknown>;
  /** For what is still missing of a body that is to be longer. */
  readonly request: ClientRequest;
  /** Cuts the connection. */
  leave(): void;
}

/** A POST by a connection of its own, which ends as one wishes. `fetch` shares connections, and opens new ones when one is cut. */
export function ownConnection(
  url: string,
  path: string,
  type: string,
  body: Uint8Array | string,
  length = Buffer.byteLength(body),
): OwnConnection {
  const request = http.request(`${url}${path}`, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': type, 'content-length': length },
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
  });
  const firstBytes = response.then((message) => {
    message.on('error', () => {});
    return once(message, 'data');
  });
  response.catch(() => {});
  firstBytes.catch(() => {});
  request.write(body);
  if (length === Buffer.byteLength(body)) request.end();
  return { request, response, firstBytes, leave: () => request.destroy() };
}
