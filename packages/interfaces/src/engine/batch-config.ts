export interface BatchConfig {
  /** Rows of one run. Default 32. */
  readonly maxBatchSize: number;
  /** How long a request may wait for others to join its batch, in ms. Default 8. */
  readonly maxWaitMs?: number;
  /** Whether the size of a batch follows the load. Default true. */
  readonly enableDynamic?: boolean;
  /** Whether requests join and leave between steps. Default false. */
  readonly enableContinuous?: boolean;
  /** Most tokens computed in one step, over all rows. Default 2048. */
  readonly maxNumBatchedTokens?: number;
}
