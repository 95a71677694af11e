import type { ToolCallDelta } from '@ferrum/interfaces';

/** What a token, or the end, adds to an answer. */
export interface AnswerStep {
  /** Safe to give out. */
  readonly text: string;
  readonly reasoning?: string;
  readonly toolCalls?: readonly ToolCallDelta[];
  /** Whether the answer ends here. */
  readonly stopped: boolean;
  /** What ended it, where that was one. */
  readonly stopSequence?: string;
}

/** Turns the tokens of an answer into what it says. */
export interface Answer {
  push(token: number): AnswerStep;
  /** What was held back, once no more tokens come. */
  finish(): AnswerStep;
  /** A token that has to come next, whatever the model says; asked for once before each token. */
  nextForced?(): number | undefined;
  /** Tokens of reasoning so far; undefined where the format knows none. */
  readonly reasoningTokens?: number | undefined;
  readonly hasCalls?: boolean;
}
