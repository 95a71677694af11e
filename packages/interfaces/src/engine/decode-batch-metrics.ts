/** How many rows decode runs had. */
export interface DecodeBatchMetrics {
  readonly schemaVersion: 1;
  readonly calls: number;
  /** Rows over all calls. */
  readonly totalItems: number;
  /** Absent before the first call. */
  readonly avgItemsPerCall?: number;
  readonly maxItems: number;
  /** Rows of the latest call. */
  readonly lastItems: number;
  /** Calls that had to bring back the logits of the whole vocabulary. */
  readonly forceFullLogitsCalls?: number;
  /** Calls of one row that took a shorter path. */
  readonly singletonFastPathCalls?: number;
  /** Calls split because the backend could not batch them. */
  readonly unsupportedFallbackCalls?: number;
  /** The same because of an adapter. */
  readonly loraFallbackCalls?: number;
  readonly bucketCalls: DecodeBatchBuckets;
}

/** Calls by number of rows: `m3To4` had three or four, `mGt32` more than 32. */
export interface DecodeBatchBuckets {
  readonly m1: number;
  readonly m2: number;
  readonly m3To4: number;
  readonly m5To8: number;
  readonly m9To16: number;
  readonly m17To32: number;
  readonly mGt32: number;
}
