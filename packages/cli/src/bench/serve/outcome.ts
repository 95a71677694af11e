import type { JunkKind } from './junk-kinds.js';

/** What can go wrong with a request that is in order. `http500` and the like are statuses. */
export type FailureKind =
  | `http${number}`
  | 'connectionRefused'
  | 'connectionReset'
  | 'timeOut'
  /** Another failure of the network or of HTTP itself. */
  | 'transport'
  /** Not Server-Sent Events, not JSON, not a chunk, or something behind `[DONE]`. */
  | 'malformedStream'
  | 'missingDone'
  | 'doubledDone'
  /** `data: {"error":…}` within the stream. */
  | 'errorEvent'
  | 'noToken'
  /** Chunks of one stream whose ids differ. */
  | 'mixedIds'
  /** Not the answer that the same prompt had alone (`--verify`). */
  | 'wrongAnswer';

/** What a client saw of a stream. Times are in ms since the request was sent, or meant to be (open loop). */
export interface StreamTrace {
  /** Of each chunk that brought text. */
  readonly pieceMs: readonly number[];
  /** Of the last event. */
  readonly endMs: number;
  readonly text: string;
  /** Absent where the server does not say. */
  readonly usage?: { readonly promptTokens: number; readonly completionTokens: number };
}

/** How one request of a load ended. */
export type Outcome =
  | { readonly type: 'completed'; readonly trace: StreamTrace }
  | { readonly type: 'failed'; readonly kind: FailureKind; readonly detail: string; readonly trace?: StreamTrace }
  /** 429 or 503 with Retry-After: the server said that it is busy, and for how long. */
  | { readonly type: 'refused'; readonly retryAfterSeconds: number }
  /** The client went away on purpose. */
  | { readonly type: 'vanished'; readonly trace: StreamTrace }
  /** A request that no server should take. `answer` is as `http400` or a failure. */
  | { readonly type: 'junk'; readonly kind: JunkKind; readonly answer: string; readonly rejected: boolean }
  /** Ctrl-C ended it. */
  | { readonly type: 'interrupted' };

/** Tokens that the client received: as the server counts them, or a piece each where it does not say. */
export function tokensOf(trace: StreamTrace): number {
  return trace.usage?.completionTokens ?? trace.pieceMs.length;
}
