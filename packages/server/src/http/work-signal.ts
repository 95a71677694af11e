import { eitherSignal } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import type { FastifyReply } from 'fastify';
import type { ServerContext } from '../server-context.js';

/** Ends the work for a request: its client has gone, the server closes, or it takes longer than the operator allows. */
export interface WorkSignal {
  readonly signal: AbortSignal;
  /** What an error of the work was in truth: the time being up is not a cancelling. */
  errorOf(error: unknown): unknown;
  /**
   * Does the work, which ends by the signal.
   * @throws FerrumError `Timeout` when the time is up; whatever else the work throws.
   */
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function workSignal(
  reply: FastifyReply,
  { signals, settings }: Pick<ServerContext, 'signals' | 'settings'>,
): WorkSignal {
  const { generationSeconds } = settings.timeouts;
  const left = signals.of(reply);
  const late = generationSeconds === undefined ? undefined : AbortSignal.timeout(generationSeconds * 1000);
  const { signal, stop } = eitherSignal([left, late]);
  reply.raw.once('close', stop);

  function errorOf(error: unknown): unknown {
    const isLate = late?.aborted && !left.aborted && FerrumError.isInstance(error) && error.code === 'Cancelled';
    if (!isLate) return error;
    const message = `This took longer than the ${generationSeconds} s that the server allows. Send less, or try again later.`;
    return new FerrumError('Timeout', message, { cause: error });
  }

  return {
    signal,
    errorOf,
    run: async (work) => {
      try {
        return await work();
      } catch (error) {
        throw errorOf(error);
      }
    },
  };
}
