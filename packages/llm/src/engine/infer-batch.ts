import type { InferBatchOptions, InferBatchResult, InferenceRequest, InferenceResponse } from '@ferrum/interfaces';
import { eitherSignal } from '@ferrum/registry/concurrency';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { requireList } from './require-list.js';

/**
 * Runs requests side by side, so many at a time. Results keep the order of the requests.
 * @throws FerrumError `Cancelled` when the signal fires: then every request of the batch is cancelled.
 * @throws whatever `onProgress` throws, after cancelling what is left.
 */
export async function inferBatch(
  infer: (request: InferenceRequest) => Promise<InferenceResponse>,
  requests: readonly InferenceRequest[],
  { concurrency, signal, onProgress }: InferBatchOptions & { readonly concurrency: number },
): Promise<readonly InferBatchResult[]> {
  requireList(requests, 'inferBatch');
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new FerrumError('InvalidParameter', 'The option onProgress of inferBatch must be a function.', {
      details: { parameter: 'onProgress' },
    });
  }
  throwIfAborted(signal, 'The batch');
  const results: InferBatchResult[] = Array.from({ length: requests.length });
  const total = requests.length;
  const broken = new AbortController();
  const ends = signal ? [broken.signal, signal] : [broken.signal];
  let listenerError: unknown;
  let next = 0;
  let completed = 0;
  const tell = (): void => {
    if (broken.signal.aborted) return;
    try {
      onProgress?.({ completed, total });
    } catch (error) {
      listenerError = error;
      broken.abort(error);
    }
  };
  const work = async (): Promise<void> => {
    while (next < total && !ends.some(({ aborted }) => aborted)) {
      const index = next++;
      results[index] = await settle(infer, requests[index] as InferenceRequest, ends);
      completed += 1;
      tell();
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, total) }, work));
  if (broken.signal.aborted) throw listenerError;
  throwIfAborted(signal, 'The batch');
  return results;
}

async function settle(
  infer: (request: InferenceRequest) => Promise<InferenceResponse>,
  request: InferenceRequest,
  ends: readonly AbortSignal[],
): Promise<InferBatchResult> {
  try {
    const own: unknown = (request as InferenceRequest | null)?.signal;
    // What is no request, or no signal, is for the engine to refuse in its words.
    if (typeof request !== 'object' || request === null || (own !== undefined && !(own instanceof AbortSignal))) {
      return { status: 'ok', response: await infer(request) };
    }
    const { signal, stop } = eitherSignal([...ends, own]);
    try {
      return { status: 'ok', response: await infer({ ...request, signal }) };
    } finally {
      stop();
    }
  } catch (error) {
    return { status: 'error', error: error instanceof Error ? error : new Error(String(error)) };
  }
}
