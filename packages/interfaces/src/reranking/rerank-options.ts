import type { CallOptions } from '../engine/call-options.js';

export interface RerankOptions extends CallOptions {
  /** Only the best so many, ≥ 1. Default: all. */
  readonly topN?: number;
  /** Whether the results carry the documents' text. Default false. */
  readonly returnDocuments?: boolean;
}
