import { connect, type Socket } from 'node:net';

export interface RawConnection {
  readonly socket: Socket;
  /** What came so far, as Latin-1. */
  readonly received: () => string;
  /** What had come when the connection ended, by whomever. */
  readonly closed: Promise<string>;
}

/** Sends bytes that no HTTP client would, and listens. */
export function rawConnection(url: string, bytes: string | Uint8Array = ''): RawConnection {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = '';
  socket.on('data', (data: Buffer) => {
    received += data.toString('latin1');
  });
  // Writing to what the server has closed is part of the game.
  socket.on('error', () => {});
  const closed = new Promise<string>((resolve) => {
    socket.once('close', () => resolve(received));
  });
  if (bytes.length > 0) socket.write(bytes);
  return { socket, closed, received: () => received };
}

/** A POST of JSON, as bytes on the wire. */
export function rawPost(path: string, body: object | string, headers = ''): string {
  const json = typeof body === 'string' ? body : JSON.stringify(body);
  return `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(json)}\r\n${headers}\r\n${json}`;
}
