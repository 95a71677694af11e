import { type StreamTrace, tokensOf } from './outcome.js';

/** Of one complete answer, in ms. */
export interface Latencies {
  readonly timeToFirstTokenMs: number;
  /** Between each two pieces. */
  readonly interTokenLatencyMs: readonly number[];
  /** From the first token to the last, over the tokens behind the first; undefined where there are none. */
  readonly timePerOutputTokenMs: number | undefined;
  readonly endToEndMs: number;
}

export function latenciesOf(trace: StreamTrace): Latencies {
  const { pieceMs, endMs } = trace;
  const first = pieceMs[0] ?? endMs;
  const last = pieceMs.at(-1) ?? endMs;
  const further = tokensOf(trace) - 1;
  return {
    timeToFirstTokenMs: first,
    interTokenLatencyMs: pieceMs.slice(1).map((ms, index) => ms - (pieceMs[index] ?? ms)),
    timePerOutputTokenMs: further > 0 ? (last - first) / further : undefined,
    endToEndMs: endMs,
  };
}
