import type { InferenceEngine } from '../engine/inference-engine.js';
import type { RerankOptions } from './rerank-options.js';
import type { RerankResult } from './rerank-result.js';

export interface RerankEngine extends InferenceEngine {
  /**
   * Orders documents by how well they answer the query. An empty list gives an empty one.
   * @throws FerrumError `RequestValidation`, `InvalidParameter`, `Cancelled`.
   */
  rerank(query: string, documents: readonly string[], options?: RerankOptions): Promise<RerankResult>;
}
