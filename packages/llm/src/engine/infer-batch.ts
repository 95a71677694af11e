import type { InferBatchOptions, InferBatchResult, InferenceRequest, InferenceResponse } from '@ferrum/interfaces';
import { throwIfAborted } from '@ferrum/registry/errors';

/**
 * Runs requests side by side, so many at a time. Results keep the order of the requests.
 * @throws FerrumError `Cancelled` when the signal fires: then every request of the batch is cancelled.
 */
export async function inferBatch(
  infer: (request: InferenceRequest) => Promise<InferenceResponse>,
  requests: readonly InferenceRequest[],
  { concurrency, signal, onProgress }: InferBatchOptions & { readonly concurrency: number },
): Promise<readonly InferBatchResult[]> {
  throwIfAborted(signal, 'The batch');
  const results: InferBatchResult[] = Array.from({ length: requests.length });
  const total = requests.length;
  let next = 0;
  let completed = 0;
  const work = async (): Promise<void> => {
    while (next < total && !signal?.aborted) {
      const index = next++;
      results[index] = await settle(infer, requests[index] as InferenceRequest, signal);
      completed += 1;
      onProgress?.({ completed, total });
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, total) }, work));
  throwIfAborted(signal, 'The batch');
  return results;
}

async function settle(
  infer: (request: InferenceRequest) => Promise<InferenceResponse>,
  request: InferenceRequest,
  signal: AbortSignal | undefined,
): Promise<InferBatchResult> {
  try {
    const signals = [signal, request.signal].filter((one) => one !== undefined);
    return {
      status: 'ok',
      response: await infer(signals.length === 0 ? request : { ...request, signal: AbortSignal.any(signals) }),
    };
  } catch (error) {
    return { status: 'error', error: error instanceof Error ? error : new Error(String(error)) };
  }
}
