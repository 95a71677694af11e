import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Sees to the end of connections and of what is under way on them.
 *
 * Node's own `close` waits for connections over which nothing was ever asked (browsers open some ahead) and for those kept
 * alive after a response that was under way, for as long as they last. They are ended, so that a shutdown ends too.
 *
 * Of pipelined requests only the first has the connection; Node tells no other response that it has closed. They are told,
 * so that whoever waits for a response's `close` hears of each.
 */
export class Connections {
  /** What is under way on each. */
  readonly #open = new Map<Socket, Set<ServerResponse>>();
  #isClosing = false;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      const responses = new Set<ServerResponse>();
      this.#open.set(socket, responses);
      socket.once('close', () => {
        this.#open.delete(socket);
        // After Node has told the one that had the connection.
        process.nextTick(endAll, responses);
      });
    });
    server.on('request', ({ socket }, response: ServerResponse) => {
      const responses = this.#open.get(socket);
      responses?.add(response);
      response.once('close', () => {
        responses?.delete(response);
        if (this.#isClosing && responses?.size === 0) socket.destroySoon();
      });
    });
  }

  /** Ends what is idle now, and the others each after its responses. */
  close(): void {
    this.#isClosing = true;
    for (const [socket, { size }] of this.#open) if (size === 0) socket.destroy();
  }

  /** Ends all, e.g. of clients that do not read. */
  destroy(): void {
    for (const socket of this.#open.keys()) socket.destroy();
  }
}

function endAll(responses: ReadonlySet<ServerResponse>): void {
  for (const response of responses) {
    response.destroy();
    response.emit('close');
  }
}
