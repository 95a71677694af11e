import type { InferenceEngine } from '../engine/inference-engine.js';
import type { InferenceRequest } from './inference-request.js';
import type { InferenceResponse } from './inference-response.js';
import type { StreamChunk } from './stream-chunk.js';

export interface LlmInferenceEngine extends InferenceEngine {
  /** Generates the whole answer. @throws FerrumError `RequestValidation`, `InvalidParameter`, `Unsupported`, `Cancelled` … */
  infer(request: InferenceRequest): Promise<InferenceResponse>;
  /**
   * Generates piece by piece. An error before the first token rejects the first `next()`; leaving the loop early
   * (`break`) ends the generation.
   */
  inferStream(request: InferenceRequest): AsyncIterable<StreamChunk>;
}
