import { BlockBudget } from './block-budget.js';
import type { Policy } from './policy.js';
import { pendingTokens, type Schedulable } from './schedulable.js';
import type { StepPlan } from './step-plan.js';

/** What can change while requests run. */
export interface SchedulerLimits {
  readonly maxWaitingRequests: number;
  /** At most the number of slots. */
  readonly maxRunningRequests: number;
  /** Tokens of one step over all rows; at least the number of slots, so that every decode row always fits. */
  readonly maxBatchedTokens: number;
  /** Prompt tokens of one request in one step, at least `smallestChunk`. */
  readonly prefillChunk: number;
  /** Prompt tokens of a step in which others decode: what they wait for at most. The same minimum. */
  readonly activeDecodePrefillChunk: number;
  /** Without it every request reserves all it may ever need before it starts, and loses it only while its reader is behind. */
  readonly enablePreemption: boolean;
}

export interface SchedulerOptions {
  readonly slots: number;
  readonly blockSize: number;
  /** Blocks of keys and values that running requests may fill together. */
  readonly maxBlocks: number;
}

/**
 * Decides what each step computes: decode rows first, then prompts, under a budget of rows (slots), one of tokens a step
 * and one of cache blocks. It computes nothing and waits for nothing; whoever executes a plan says so by changing `computed`
 * and by `remove`.
 */
export class Scheduler<S extends Schedulable> {
  readonly blocks: BlockBudget<S>;
  readonly #slots: (S | undefined)[];
  readonly #running = new Set<S>();
  readonly #waiting = new Set<S>();
  /** Those of the waiting that the limit of the queue is for. */
  readonly #queued = new Set<S>();
  #preemptions = 0;

  constructor(
    options: SchedulerOptions,
    private limits: SchedulerLimits,
    private policy: Policy,
  ) {
    this.blocks = new BlockBudget(options.blockSize, options.maxBlocks);
    this.#slots = Array.from({ length: options.slots }, () => undefined);
  }

  get running(): ReadonlySet<S> {
    return this.#running;
  }

  get waiting(): ReadonlySet<S> {
    return this.#waiting;
  }

  get preemptions(): number {
    return this.#preemptions;
  }

  /** Whether one more would have to wait although as many wait as may; those for whom there is a slot do not count. */
  get isFull(): boolean {
    return this.#queued.size >= this.limits.maxWaitingRequests + Math.max(0, this.#maxRunning - this.#running.size);
  }

  /** The item in each slot. */
  get slots(): readonly (S | undefined)[] {
    return this.#slots;
  }

  /** From the next step on. Those that run already keep their slots even when fewer are allowed. */
  reconfigure(limits: SchedulerLimits, policy: Policy): void {
    this.limits = limits;
    this.policy = policy;
    for (const item of this.#everyone()) policy.arrived(item, []);
  }

  /** @param isQueued whether it takes a place in the queue; what belongs to a request that has one already does not. */
  add(item: S, { isQueued = true } = {}): void {
    this.policy.arrived(item, this.#everyone());
    this.#waiting.add(item);
    if (isQueued) this.#queued.add(item);
  }

  /** Forgets an item, whatever became of it: its slot and blocks are free at once. */
  remove(item: S): void {
    this.#waiting.delete(item);
    this.#queued.delete(item);
    if (this.#running.delete(item)) this.#vacate(item);
  }

  /** Puts a running item back among the waiting; what it had computed is lost. */
  preempt(item: S): void {
    if (!this.#running.delete(item)) return;
    this.#vacate(item);
    item.computed = 0;
    this.#preemptions += 1;
    this.#waiting.add(item);
  }

  /**
   * @param now of the clock of `arrivedAt`
   * @param admit called for each item that gets a slot; returns how many of its tokens need not be computed because their
   * keys and values were put there from elsewhere.
   */
  plan(now: number, admit: (item: S) => number = () => 0): StepPlan<S> {
    const preempted = new Set<S>();
    this.#makeWay(now, admit, preempted);
    const { decode, verify, tokens } = this.#planDecode(now, preempted);
    const chunks = this.#planChunks(now, tokens, admit, preempted);
    return { decode, verify, chunks, preempted: [...preempted] };
  }

  /** Records that tokens of an item were computed. */
  served(item: S, tokens: number): void {
    this.policy.served(item, tokens);
  }

  /** The item in the highest slot and a free slot below it: moving it there shortens every decode run. */
  findMove(): { readonly item: S; readonly to: number } | undefined {
    // Newcomers fill gaps for nothing.
    if (this.#waiting.size > 0 && this.#hasFreeSlot()) return undefined;
    const to = this.#slots.indexOf(undefined);
    const last = this.#slots.findLastIndex((item) => item !== undefined);
    const item = this.#slots[last];
    return item !== undefined && to >= 0 && to < last ? { item, to } : undefined;
  }

  moved(item: S, to: number): void {
    this.#slots[item.slot as number] = undefined;
    this.#slots[to] = item;
    item.slot = to;
  }

  /** Starts newcomers in place of what is held up by its reader, and more urgent ones in place of lesser ones. */
  #makeWay(now: number, admit: (item: S) => number, preempted: Set<S>): void {
    for (;;) {
      const candidates = [this.#nextWaiting(now, preempted), this.#mostUrgentWaiting(preempted)];
      const started = candidates.some((newcomer) => {
        // What fits as it is starts when there are tokens left for it.
        if (!newcomer || (this.#hasFreeSlot() && this.#fits(newcomer, this.blocks.free))) return false;
        const victims = this.#victimsOf(newcomer, now);
        if (!victims) return false;
        for (const victim of victims) {
          this.preempt(victim);
          preempted.add(victim);
        }
        this.#start(newcomer, admit);
        return true;
      });
      if (!started) return;
    }
  }

  /** Whose slots and blocks the newcomer may have and needs, the least of them first; undefined when they are not enough. */
  #victimsOf(newcomer: S, now: number): readonly S[] | undefined {
    const { enablePreemption } = this.limits;
    const candidates = [...this.#running].filter(
      (item) => item.isHeldUp || (enablePreemption && this.policy.outranks(newcomer, item, now)),
    );
    candidates.sort((a, b) => this.#compareVictims(a, b, now));
    let slots = this.#maxRunning - this.#running.size;
    let { free } = this.blocks;
    const victims: S[] = [];
    for (const candidate of candidates) {
      if (slots >= 1 && this.#fits(newcomer, free)) break;
      victims.push(candidate);
      slots += 1;
      free += this.blocks.reservedBy(candidate);
    }
    return victims.length > 0 && slots >= 1 && this.#fits(newcomer, free) ? victims : undefined;
  }

  #planDecode(
    now: number,
    preempted: Set<S>,
  ): { decode: S[]; verify: { item: S; maxDraft: number }[]; tokens: number } {
    const decode: S[] = [];
    const verify: { item: S; maxDraft: number }[] = [];
    let tokens = 0;
    const ready = [...this.#running].filter((item) => pendingTokens(item) === 1 && !item.isHeldUp);
    ready.sort((a, b) => this.policy.compare(a, b, now));
    for (const item of ready) {
      if (item.slot === undefined || !this.#reserveByForce(item, now, preempted)) continue;
      tokens += 1;
      const wanted = Math.min(item.speculationDepth, item.maxLength - item.length - 1);
      const room = Math.min(
        this.blocks.reach(item) - item.length,
        this.limits.maxBatchedTokens - this.#slots.length - tokens,
      );
      const maxDraft = Math.min(wanted, room);
      if (maxDraft >= 1 && this.blocks.reserve(item, item.length + maxDraft)) {
        verify.push({ item, maxDraft });
        tokens += maxDraft;
      } else decode.push(item);
    }
    // Some may have lost their blocks to others that were planned after them.
    return {
      decode: decode.filter((item) => item.slot !== undefined),
      verify: verify.filter(({ item }) => item.slot !== undefined),
      tokens,
    };
  }

  #planChunks(now: number, decodeTokens: number, admit: (item: S) => number, preempted: ReadonlySet<S>) {
    const { maxBatchedTokens, prefillChunk, activeDecodePrefillChunk } = this.limits;
    let left = maxBatchedTokens - decodeTokens;
    if (decodeTokens > 0) left = Math.min(left, activeDecodePrefillChunk);
    const chunks: { item: S; count: number }[] = [];
    const take = (item: S): void => {
      const count = chunkOf(pendingTokens(item), Math.min(prefillChunk, item.chunkLimit, left));
      if (count < 1) return;
      chunks.push({ item, count });
      left -= count;
    };
    const prefilling = [...this.#running].filter((item) => pendingTokens(item) > 1 && !item.isHeldUp);
    prefilling.sort((a, b) => this.policy.compare(a, b, now));
    for (const item of prefilling) take(item);
    while (left > 0 && this.#hasFreeSlot()) {
      // What had to go for want of blocks would take them back from those it went for.
      const item = this.#nextWaiting(now, preempted);
      if (!item || !this.#fits(item, this.blocks.free)) break;
      this.#start(item, admit);
      take(item);
    }
    return chunks;
  }

  #start(item: S, admit: (item: S) => number): void {
    this.#waiting.delete(item);
    this.#queued.delete(item);
    this.#running.add(item);
    item.slot = this.#slots.indexOf(undefined);
    this.#slots[item.slot] = item;
    this.blocks.reserve(item, this.#tokensToStart(item));
    item.computed = admit(item);
  }

  #fits(item: S, freeBlocks: number): boolean {
    return this.blocks.blocksOf(this.#tokensToStart(item)) <= freeBlocks;
  }

  #tokensToStart(item: S): number {
    return this.limits.enablePreemption ? item.length : item.maxLength;
  }

  /** Reserves room for the next token, preempting the least of all, itself in the end, until there is enough. */
  #reserveByForce(item: S, now: number, preempted: Set<S>): boolean {
    while (!this.blocks.reserve(item, item.length)) {
      const [victim] = [...this.#running].sort((a, b) => this.#compareVictims(a, b, now)) as [S];
      this.preempt(victim);
      preempted.add(victim);
      if (victim === item) return false;
    }
    return true;
  }

  /** Who loses a place first: what its reader holds up, then the lowest priority, then the last in turn. */
  #compareVictims(a: S, b: S, now: number): number {
    return Number(b.isHeldUp) - Number(a.isHeldUp) || a.priority - b.priority || this.policy.compare(b, a, now);
  }

  get #maxRunning(): number {
    return Math.min(this.limits.maxRunningRequests, this.#slots.length);
  }

  #hasFreeSlot(): boolean {
    return this.#running.size < this.#maxRunning;
  }

  #vacate(item: S): void {
    this.#slots[item.slot as number] = undefined;
    item.slot = undefined;
    this.blocks.release(item);
  }

  #nextWaiting(now: number, except: ReadonlySet<S>): S | undefined {
    return this.#firstWaiting(except, (a, b) => this.policy.compare(a, b, now));
  }

  /** Whom the policy may let drive another out although it is not the next in turn. */
  #mostUrgentWaiting(except: ReadonlySet<S>): S | undefined {
    return this.#firstWaiting(except, (a, b) => b.priority - a.priority || a.arrival - b.arrival);
  }

  /** What its reader holds up waits for that. */
  #firstWaiting(except: ReadonlySet<S>, compare: (a: S, b: S) => number): S | undefined {
    let first: S | undefined;
    for (const item of this.#waiting) {
      if (!item.isHeldUp && !except.has(item) && (!first || compare(item, first) < 0)) first = item;
    }
    return first;
  }

  *#everyone(): Iterable<S> {
    yield* this.#running;
    yield* this.#waiting;
  }
}

/**
 * Tokens of the next chunk. One token alone runs through the decode path of the attention kernel, which rounds otherwise
 * than the path of several: a prompt's tokens always take the latter, so that its keys and values do not depend on where
 * chunks end. 0: nothing in this step; with one token left it is a decode row of the next step.
 */
function chunkOf(pending: number, room: number): number {
  if (pending === 1) return 0;
  const count = pending - room === 1 ? room - 1 : Math.min(pending, room);
  return count < 2 ? 0 : count;
}

/** With so much room `chunkOf` always finds something to do. */
export const smallestChunk = 3;
