import type { Schedulable } from './schedulable.js';

/** Says who goes first, both into a slot and, reversed, out of one. */
export interface Policy {
  /** Negative when `a` goes before `b` at the time `now`. */
  compare(a: Schedulable, b: Schedulable, now: number): number;
  /** True when `newcomer` may take the slot of `running`. */
  outranks(newcomer: Schedulable, running: Schedulable, now: number): boolean;
  /** Told of every token computed for an item. */
  served(item: Schedulable, tokens: number): void;
  /** Told when an item begins to wait, before it is compared. */
  arrived(item: Schedulable, others: Iterable<Schedulable>): void;
}
