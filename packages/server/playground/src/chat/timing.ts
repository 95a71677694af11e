/** What the browser saw of one streamed answer. Times in ms of `performance.now()`. */
export interface AnswerClock {
  readonly sentAt: number;
  readonly firstTokenAt?: number;
  readonly lastTokenAt?: number;
  /** Pieces of text received: about one a token. */
  readonly pieces: number;
}

/** The numbers shown under an answer. */
export interface AnswerTiming {
  readonly tokens: number;
  /** True when the server did not say how many: each piece of text counts as one. */
  readonly estimated: boolean;
  readonly timeToFirstTokenMs?: number;
  readonly tokensPerSecond?: number;
}

/** The clock after one more piece of text. */
export function tick(clock: AnswerClock, now: number): AnswerClock {
  return { ...clock, firstTokenAt: clock.firstTokenAt ?? now, lastTokenAt: now, pieces: clock.pieces + 1 };
}

/** The rate is that of the tokens after the first, whose wait is the time to first token. */
export function answerTiming(clock: AnswerClock, completionTokens?: number): AnswerTiming {
  const tokens = completionTokens ?? clock.pieces;
  const estimated = completionTokens === undefined;
  if (clock.firstTokenAt === undefined || clock.lastTokenAt === undefined) return { tokens, estimated };
  const seconds = (clock.lastTokenAt - clock.firstTokenAt) / 1000;
  return {
    tokens,
    estimated,
    timeToFirstTokenMs: clock.firstTokenAt - clock.sentAt,
    ...(tokens > 1 && seconds > 0 && { tokensPerSecond: (tokens - 1) / seconds }),
  };
}
