import type { InferenceResponse } from './inference-response.js';

/** Of one request in a batch. `error` is a `FerrumError`. */
export type InferBatchResult =
  | { readonly status: 'ok'; readonly response: InferenceResponse }
  | { readonly status: 'error'; readonly error: Error };
