import type { InferenceResponse } from './inference-response.js';

/** A request that `importState` took up. It runs whether or not anyone asks for its response. */
export interface RestoredRequest {
  readonly requestId: string;
  /** The whole answer, what was generated before the export included. Rejects as `infer` does. */
  response(): Promise<InferenceResponse>;
  cancel(): void;
}
