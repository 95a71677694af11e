import type { InferenceRequest } from './inference-request.js';

/** Requests that travel together. */
export interface BatchRequest {
  readonly batchId: string;
  readonly requests: readonly InferenceRequest[];
  /** The largest `maxTokens` of the requests; 512 for an empty batch. */
  readonly maxSequenceLength: number;
  readonly createdAt: Date;
}
