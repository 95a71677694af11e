import type { Schedulable } from './schedulable.js';

/** What one step computes, decided before anything is computed. */
export interface StepPlan<S extends Schedulable> {
  /** One token each, all in one run. */
  readonly decode: readonly S[];
  /** One token each and up to so many drafted ones after it, each in a run of its own. */
  readonly verify: readonly { readonly item: S; readonly maxDraft: number }[];
  /** The next tokens of prompts, each in a run of its own. */
  readonly chunks: readonly { readonly item: S; readonly count: number }[];
  /** Lost their slots to others; they are computed again when they get one back. */
  readonly preempted: readonly S[];
}
