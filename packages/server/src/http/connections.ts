import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * What Node's own `close` waits for, for as long as it takes: connections over which nothing was ever asked (browsers open
 * some ahead), and those kept alive after a response that was under way. These are ended, so that a shutdown ends too.
 */
export class Connections {
  /** How many requests are under way on each. */
  readonly #open = new Map<Socket, number>();
  #isClosing = false;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#open.set(socket, 0);
      socket.once('close', () => this.#open.delete(socket));
    });
    server.on('request', ({ socket }, response: ServerResponse) => {
      this.#count(socket, 1);
      response.once('close', () => this.#count(socket, -1));
    });
  }

  /** Ends what is idle now, and the others each after its response. */
  close(): void {
    this.#isClosing = true;
    for (const [socket, requests] of this.#open) if (requests === 0) socket.destroy();
  }

  /** Ends all, e.g. of clients that do not read. */
  destroy(): void {
    for (const socket of this.#open.keys()) socket.destroy();
  }

  #count(socket: Socket, change: number): void {
    const before = this.#open.get(socket);
    if (before === undefined) return;
    this.#open.set(socket, before + change);
    if (this.#isClosing && before + change === 0) socket.destroySoon();
  }
}
