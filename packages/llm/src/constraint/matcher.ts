import { FerrumError } from '@ferrum/registry/errors';
import type { LogitsProcessor } from '../sampling/logits-processor.js';
import type { CompiledConstraint, ConstraintEngine } from './constraint-engine.js';
import { type GrammarThread, ThreadFailure } from './grammar-thread.js';

const mostAttempts = 3;
/** For one mask, in ms; most take less than one. */
const maskTimeoutMs = 10_000;
let count = 0;

/** Follows one answer and knows which tokens may come next. The next mask is computed in another thread, from `accept` on. */
export class Matcher implements LogitsProcessor {
  readonly parameter = 'responseFormat';
  readonly #id = count++;
  readonly #tokens: number[] = [];
  /** What the thread was told. */
  #sent = 0;
  #thread: GrammarThread | undefined;
  #mask: Uint32Array | undefined;
  #failure: FerrumError | undefined;
  #work: Promise<void> | undefined;
  #isOver = false;
  #isLate = false;
  #isDisposed = false;

  /** @param onLate called when a mask has come that somebody had given up waiting for */
  constructor(
    private readonly engine: ConstraintEngine,
    private readonly compiled: CompiledConstraint,
    private readonly endTokens: ReadonlySet<number>,
    private readonly onLate: () => void,
  ) {
    compiled.users += 1;
    this.#begin();
  }

  /** Whether the mask is late, so that there is no use in computing logits for it. */
  get isLate(): boolean {
    return this.#isLate;
  }

  /** @returns whether the mask is there within the time. @throws FerrumError when there will be none */
  async ready(patienceMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    if (!this.#isSettled) {
      if (patienceMs === Number.POSITIVE_INFINITY) while (!this.#isSettled && this.#work) await this.#work;
      else {
        let timer: NodeJS.Timeout | undefined;
        const patience = new Promise<void>((resolve) => {
          timer = setTimeout(resolve, patienceMs);
        });
        await Promise.race([this.#work, patience]);
        clearTimeout(timer);
      }
    }
    if (this.#failure) throw this.#failure;
    this.#isLate = !this.#isSettled;
    return this.#isSettled;
  }

  get #isSettled(): boolean {
    return this.#mask !== undefined || this.#failure !== undefined;
  }

  process(logits: Float32Array): void {
    const mask = this.#mask;
    if (!mask) throw new FerrumError('Internal', 'The tokens that may come next are not known yet.');
    for (let word = 0; word * 32 < logits.length; word++) {
      const bits = mask[word] ?? 0;
      if (bits === 0xffffffff) continue;
      const from = word * 32;
      if (bits === 0) {
        logits.fill(Number.NEGATIVE_INFINITY, from, from + 32);
        continue;
      }
      const end = Math.min(32, logits.length - from);
      for (let bit = 0; bit < end; bit++) {
        if (((bits >>> bit) & 1) === 0) logits[from + bit] = Number.NEGATIVE_INFINITY;
      }
    }
  }

  accept(token: number): void {
    // Whatever ended the answer, nothing comes after it.
    if (this.endTokens.has(token)) this.#isOver = true;
    if (this.#isOver) return;
    this.#tokens.push(token);
    this.#mask = undefined;
    this.#begin();
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#isOver = true;
    this.compiled.users -= 1;
    this.#leave();
  }

  /** The thread need not follow the answer any more. */
  #leave(): void {
    this.#thread?.call({ kind: 'close', matcher: this.#id }, maskTimeoutMs).catch(() => {});
    this.#thread = undefined;
  }

  #begin(): void {
    if (this.#work) return;
    this.#work = this.#advance().finally(() => {
      this.#work = undefined;
      // A token was accepted since.
      if (!this.#isOver && !this.#isSettled) this.#begin();
      if (!this.#isLate) return;
      this.#isLate = false;
      this.onLate();
    });
  }

  async #advance(): Promise<void> {
    for (let attempt = 1; !this.#isOver && !this.#isSettled; ) {
      try {
        await this.compiled.ready;
        const thread = this.engine.maskThread(this.compiled);
        if (thread !== this.#thread) {
          this.#leave();
          this.#sent = 0;
          this.#thread = thread;
        }
        const upTo = this.#tokens.length;
        const tokens = this.#tokens.slice(this.#sent, upTo);
        this.#sent = upTo;
        const { mask, refused } = await thread.call(
          {
            kind: 'advance',
            matcher: this.#id,
            grammar: this.compiled.id,
            endTokens: [...this.endTokens],
            tokens,
          },
          maskTimeoutMs,
        );
        if (refused !== undefined) {
          this.#failure = new FerrumError(
            'RequestValidation',
            `Invalid request: the token ${refused} does not fit \`sampling.responseFormat\`; \`sampling.forcedTokens\` must follow it.`,
            { details: { parameter: 'sampling.forcedTokens' } },
          );
        } else if (upTo === this.#tokens.length) this.#mask = mask;
      } catch (cause) {
        // What another request's grammar broke is done again in a new thread.
        if (cause instanceof ThreadFailure && cause.kind === 'lost' && attempt++ < mostAttempts) continue;
        this.#failure = FerrumError.isInstance(cause)
          ? cause
          : new FerrumError(
              'Internal',
              `Following the format of the answer failed: ${cause instanceof ThreadFailure && cause.kind === 'slow' ? 'it took too long' : String(cause)}.`,
              { cause },
            );
      }
    }
  }
}
