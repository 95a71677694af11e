import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import type { RowLogits, Search } from '../search/search.js';
import type { CacheRow } from './row-table.js';

/** A window that has been heard; `release` it when done. */
export interface HeardWindow {
  /** Where it is kept; changes as others come and go. */
  readonly slot: number;
}

export interface LoopListener {
  /** Called after each computation, with the new tokens that it gave. */
  onRun?(ms: number, kind: 'encode' | 'prompt' | 'step', rows: number): void;
  onFailure?(error: FerrumError): void;
}

/** A text whose tokens are looked for in a window. */
export interface AlignedText {
  /** Ends with `<|notimestamps|>`. */
  readonly prompt: readonly number[];
  /** Text tokens, at least one. */
  readonly text: readonly number[];
  readonly endOfText: number;
  readonly timestampBegin: number;
}

export interface Window extends HeardWindow {
  slot: number;
}

export interface Job {
  readonly signal: AbortSignal | undefined;
  readonly what: string;
  readonly reject: (error: unknown) => void;
}

export interface EncodeJob extends Job {
  readonly mel: Float32Array;
  readonly resolve: (window: HeardWindow) => void;
}

export interface PromptJob extends Job {
  readonly run: (row: number) => Promise<void>;
}

/** What a search starts from. */
export interface SearchPrompt {
  readonly tokens: readonly number[];
  /** Shown what follows one of the tokens, by its index. */
  readonly observe?: { readonly index: number; readonly read: (row: RowLogits) => void };
}

export interface SearchJob extends Job {
  readonly window: Window;
  readonly prompt: SearchPrompt;
  readonly search: Search;
  readonly resolve: () => void;
  rows: CacheRow<SearchJob>[];
}

/** Why a job whose signal has fired comes to nothing. */
export function cancelled({ signal, what }: Job): unknown {
  try {
    throwIfAborted(signal, what);
  } catch (error) {
    return error;
  }
  return new FerrumError('Cancelled', `${what} was cancelled.`);
}
