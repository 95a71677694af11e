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
    ...(request.apiKey === undefined ? {} : { clientId: request.apiKey.name }),
    ...(timeouts.generationSeconds === undefined ? {} : { timeoutMs: timeouts.generationSeconds * 1000 }),
  };
}
