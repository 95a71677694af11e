/** In ms, from the call to the result. */
export interface LatencyRequirements {
  readonly targetP95LatencyMs: number;
  readonly targetP99LatencyMs: number;
  readonly maxLatencyMs: number;
}
