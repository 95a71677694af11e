/** Changes a row of logits in place, before temperature. Which tokens it touches follows from the answer so far. */
export interface LogitsProcessor {
  /** Its name in `SamplingParams`, for messages. */
  readonly parameter: string;
  /** @param logits float32 [vocabulary]. */
  process(logits: Float32Array): void;
  /** A token has become part of the answer. */
  accept?(token: number): void;
}
