import { FerrumError } from '@ferrum/registry/errors';
import type { FastifyReply } from 'fastify';
import type { ServerContext } from '../server-context.js';

/** Ends the work for a request: its client has gone, the server closes, or it takes longer than the operator allows. */
export interface WorkSignal {
  readonly signal: AbortSignal;
  /** What an error of the engine was in truth: the time being up is not a cancelling. */
  errorOf(error: unknown): unknown;
}

export function workSignal(reply: FastifyReply, { signals, settings }: ServerContext): WorkSignal {
  const { generationSeconds } = settings.timeouts;
  const left = signals.of(reply);
  if (generationSeconds === undefined) return { signal: left, errorOf: (error) => error };
  const late = AbortSignal.timeout(generationSeconds * 1000);
  return {
    signal: AbortSignal.any([left, late]),
    errorOf: (error) => {
      const isLate = late.aborted && !left.aborted && FerrumError.isInstance(error) && error.code === 'Cancelled';
      if (!isLate) return error;
      return new FerrumError(
        'Timeout',
        `This took longer than the ${generationSeconds} s that the server allows. Send less.`,
        {
          cause: error,
        },
      );
    },
  };
}
