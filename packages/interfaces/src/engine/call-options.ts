/** Options of every call that computes. */
export interface CallOptions {
  /** Ends the work at the next step; the call rejects with `Cancelled`. */
  readonly signal?: AbortSignal | undefined;
}
