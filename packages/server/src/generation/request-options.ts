import type { InferenceRequestOptions } from '@ferrum/interfaces';
import type { FastifyRequest } from 'fastify';
import type { ResolvedSettings } from '../options/server-settings.js';
import type { SamplingFields } from './sampling-fields.js';

/** What a request says of itself beside prompt and sampling. */
export function requestOptions(
  id: string,
  request: FastifyRequest,
  { priority }: SamplingFields,
  { timeouts }: ResolvedSettings,
  signal: AbortSignal,
): Omit<InferenceRequestOptions, 'sampling'> {
  return {
    id,
    signal,
    ...(priority == null ? {} : { priority }),
    // What one key sent is in nobody else's prefix cache: whether it is there could be told by the time that it takes.
    ...(request.apiKey === undefined ? {} : { clientId: request.apiKey.id, cacheSalt: request.apiKey.id }),
    ...(timeouts.generationSeconds === undefined ? {} : { timeoutMs: timeouts.generationSeconds * 1000 }),
  };
}

/** The LoRA adapter that the request's model names, if it does. */
export function adapterOf({ adapter }: { readonly adapter?: string }): { readonly adapter?: string } {
  return adapter === undefined ? {} : { adapter };
}
