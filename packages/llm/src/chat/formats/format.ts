import type { ConstraintSpec, ConstraintTrigger } from '../../constraint/constraint-spec.js';
import type { ToolSet } from '../tool-set.js';

/** What a parser tells of calls. */
export interface CallEvents {
  /** A call begins. */
  begin(name: string): void;
  /** A piece of the JSON text of its arguments. */
  argument(text: string): void;
}

/** Reads what follows an opening, piece by piece. */
export interface CallParser {
  /**
   * @returns `more` while calls may go on; `done` with the text after them; `failed` with the text to be given back as it
   * is, when this was no call, which only holds before one began.
   */
  push(text: string): CallProgress;
  /** No more text comes. @returns what was held back and is not part of a call. */
  end(): string;
}

export type CallProgress = { readonly state: 'more' } | { readonly state: 'done' | 'failed'; readonly rest: string };

/** How a family of models writes calls. */
export interface ToolCallFormat {
  readonly name: string;
  /** Texts that begin calls; of special tokens too. */
  readonly openings: readonly string[];
  /** Texts that end calls, where they may be special tokens. */
  readonly closings?: readonly string[];
  /** Whether calls may also begin, without an opening, with the answer's first `{` or `[`. */
  readonly bare?: boolean;
  /** @param opening which of them was found; '' for a bare one. The parser gets what follows. */
  parser(opening: string, tools: ToolSet, events: CallEvents): CallParser;
  /** What an answer looks like that is calls and nothing else: at least one. */
  grammar(tools: ToolSet): ConstraintSpec;
  /** What makes a call follow its schema once the model has begun one by itself. */
  triggers(tools: ToolSet): readonly ConstraintTrigger[];
}
