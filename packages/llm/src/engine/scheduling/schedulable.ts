/** What the scheduler sees of a generation. */
export interface Schedulable {
  /** 0 (low) to 3 (critical). */
  readonly priority: number;
  /** Who asked; the empty string for nobody in particular. */
  readonly client: string;
  /** Order of arrival; no two are equal. */
  readonly arrival: number;
  /** When it arrived, in ms of a clock that only goes forward. */
  readonly arrivedAt: number;
  /** Tokens known so far, prompt and answer. */
  readonly length: number;
  /** Tokens that it may have in the end. */
  readonly maxLength: number;
  /** Tokens whose keys and values lie in its slot; always fewer than `length`, as the last one yields the next. */
  computed: number;
  /** Row of the cache; undefined while it waits. */
  slot: number | undefined;
  /** True while its reader is behind: it keeps its slot, unless another needs it, and is not computed. */
  readonly isHeldUp: boolean;
  /** Drafted tokens that could be checked in one run; 0 for plain decoding. */
  readonly speculationDepth: number;
  /** Most tokens of one run. */
  readonly chunkLimit: number;
}

/** Tokens still to be computed before the next token can be chosen; 1 is a decode row, more a prefill. */
export function pendingTokens(item: Schedulable): number {
  return item.length - item.computed;
}
