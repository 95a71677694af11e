import { FerrumError } from '@ferrum/registry/errors';
import type { FastifyInstance } from 'fastify';
import type { ResolvedSettings } from '../options/server-settings.js';

/** Requests that compute or wait to; the rest of a scope's routes are let through. */
export class Admission {
  #inFlight = 0;

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Refuses what is more than the server takes on at once. */
  guard(scope: FastifyInstance, { limits }: ResolvedSettings): void {
    scope.addHook('onRequest', async (request, reply) => {
      if (request.method !== 'POST') return;
      if (this.#inFlight >= limits.requests) {
        throw new FerrumError(
          'ResourceExhausted',
          `The server has ${limits.requests} requests under way. Try again soon.`,
          {
            retryAfterMs: 1000,
            details: { apiCode: 'overloaded' },
          },
        );
      }
      this.#inFlight += 1;
      reply.raw.once('close', () => {
        this.#inFlight -= 1;
      });
    });
  }
}
