import { setMaxListeners } from 'node:events';
import { FerrumError } from '@ferrum/registry/errors';
import type { FastifyReply } from 'fastify';

/**
 * Fires when the client has gone before its response was complete, or when the server gives up waiting for it at shutdown:
 * what computes for the request ends within a step.
 */
export class ClientSignals {
  readonly #open = new Set<AbortController>();
  readonly #known = new WeakMap<FastifyReply, AbortSignal>();

  of(reply: FastifyReply): AbortSignal {
    const known = this.#known.get(reply);
    if (known !== undefined) return known;
    const controller = new AbortController();
    this.#known.set(reply, controller.signal);
    // As many listeners as a request has parts (prompts, inputs).
    setMaxListeners(0, controller.signal);
    this.#open.add(controller);
    const close = () => {
      this.#open.delete(controller);
      if (!reply.raw.writableFinished) controller.abort(new FerrumError('Cancelled', 'The client has gone.'));
    };
    // Plugins and streams listen too.
    reply.raw.setMaxListeners(30);
    // It may have gone while its body was read.
    if (reply.raw.destroyed) close();
    else reply.raw.once('close', close);
    return controller.signal;
  }

  abortAll(): void {
    const reason = new FerrumError('Cancelled', 'The server is shutting down.', { retryAfterMs: 5000 });
    for (const controller of this.#open) controller.abort(reason);
  }
}
