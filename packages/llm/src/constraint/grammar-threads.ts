import { FerrumError } from '@ferrum/registry/errors';
import { GrammarThread, ThreadFailure } from './grammar-thread.js';
import type { VocabularyBytes } from './grammar-worker.js';

/** A grammar that threads hold. */
export interface HeldGrammar {
  readonly id: number;
  /** A `ConstraintSpec` as JSON. */
  readonly spec: string;
  /** Answers that follow it. */
  users: number;
}

/** Further ones are opened when a grammar is to be compiled while others are in use or compiled. Three may compile at a time. */
const mostThreads = 4;
const mostAttempts = 3;
const openTimeoutMs = 60_000;
/** What compiling grammars again may hold up others, in ms: where it takes longer another thread is opened. */
const shortCompileMs = 200;

/**
 * Threads that compile grammars and then compute masks with them. One compiles only while no answer follows what it holds,
 * so nobody waits for somebody else's grammar; those in use move elsewhere for that, if they were quick to compile.
 */
export class GrammarThreads {
  readonly #threads: Holder[] = [];
  /** How long each grammar took to compile, in ms. */
  readonly #costs = new Map<HeldGrammar, number>();
  #isOver = false;

  constructor(
    private readonly vocabulary: VocabularyBytes,
    private readonly timeoutMs: number,
  ) {}

  /** Reads and compiles a grammar for the first time. @throws FerrumError, ThreadFailure */
  async compile(grammar: HeldGrammar): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#compile(grammar);
      } catch (cause) {
        // Something else ended the thread.
        if (!(cause instanceof ThreadFailure) || cause.kind !== 'lost' || attempt === mostAttempts) throw cause;
      }
    }
  }

  async #compile(grammar: HeldGrammar): Promise<void> {
    const holder = this.#free();
    holder.isCompiling = true;
    try {
      await holder.opened;
      const from = performance.now();
      const { invalid } = await holder.thread.call(
        { kind: 'compile', grammar: grammar.id, spec: grammar.spec },
        this.timeoutMs,
      );
      if (invalid) throw new FerrumError('RequestValidation', invalid.message, { details: invalid.details });
      holder.grammars.add(grammar);
      this.#costs.set(grammar, performance.now() - from);
    } finally {
      holder.isCompiling = false;
    }
  }

  /** The thread that holds the grammar; it is compiled again where none does any more. */
  threadOf(grammar: HeldGrammar): GrammarThread {
    if (this.#isOver) throw new FerrumError('Cancelled', 'The engine is shut down.');
    const live = this.#live();
    const known = live.find(({ grammars }) => grammars.has(grammar));
    if (known && !known.isCompiling) return known.thread;
    // It was not in use when that thread began to compile another.
    if (known) this.#drop(known, grammar);
    const holder =
      leastBy(
        live.filter(({ isCompiling }) => !isCompiling),
        usersOf,
      ) ?? this.#open();
    holder.grammars.add(grammar);
    // Whoever asks for a mask learns that the thread went down.
    holder.thread
      .call({ kind: 'compile', grammar: grammar.id, spec: grammar.spec }, 2 * this.timeoutMs)
      .catch(() => {});
    return holder.thread;
  }

  forget(grammar: HeldGrammar): void {
    this.#costs.delete(grammar);
    for (const holder of this.#live()) this.#drop(holder, grammar);
  }

  dispose(): void {
    this.#isOver = true;
    for (const { thread } of this.#threads) thread.end();
  }

  #live(): readonly Holder[] {
    for (let i = this.#threads.length - 1; i >= 0; i--) if (this.#threads[i]?.thread.isOver) this.#threads.splice(i, 1);
    return this.#threads;
  }

  /** A thread that holds nothing in use. */
  #free(): Holder {
    const live = this.#live();
    const idle = live.filter(({ isCompiling }) => !isCompiling);
    const unused = idle.find((holder) => usersOf(holder) === 0);
    if (unused) return unused;
    const cheapest = leastBy(idle, (holder) => this.#costOf(holder));
    const isShort = cheapest !== undefined && this.#costOf(cheapest) < shortCompileMs;
    // What is in use there needs another to move to.
    if (!cheapest || idle.length < 2 || (!isShort && live.length < mostThreads)) return this.#open();
    for (const grammar of cheapest.grammars) if (grammar.users > 0) this.#drop(cheapest, grammar);
    return cheapest;
  }

  #costOf({ grammars }: Holder): number {
    let cost = 0;
    for (const grammar of grammars) if (grammar.users > 0) cost += this.#costs.get(grammar) ?? 0;
    return cost;
  }

  #open(): Holder {
    if (this.#isOver) throw new FerrumError('Cancelled', 'The engine is shut down.');
    const thread = new GrammarThread(this.vocabulary);
    // Reading the vocabulary does not count as compiling.
    const opened = thread.call({ kind: 'open' }, openTimeoutMs);
    opened.catch(() => {});
    const holder: Holder = { thread, opened, grammars: new Set(), isCompiling: false };
    this.#threads.push(holder);
    return holder;
  }

  #drop(holder: Holder, grammar: HeldGrammar): void {
    if (!holder.grammars.delete(grammar)) return;
    holder.thread.call({ kind: 'drop', grammar: grammar.id }, this.timeoutMs).catch(() => {});
  }
}

interface Holder {
  readonly thread: GrammarThread;
  readonly opened: Promise<unknown>;
  readonly grammars: Set<HeldGrammar>;
  isCompiling: boolean;
}

function usersOf({ grammars }: Holder): number {
  let users = 0;
  for (const grammar of grammars) users += grammar.users;
  return users;
}

function leastBy<T>(items: readonly T[], measure: (item: T) => number): T | undefined {
  let least: T | undefined;
  for (const item of items) if (least === undefined || measure(item) < measure(least)) least = item;
  return least;
}
