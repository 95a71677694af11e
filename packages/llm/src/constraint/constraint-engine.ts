import type { Tokenizer } from '@ferrum/models';
import { TurnTaker } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import type { ConstraintSpec } from './constraint-spec.js';
import { firstSpecial } from './grammar.js';
import { GrammarThread, ThreadFailure } from './grammar-thread.js';
import type { VocabularyBytes } from './grammar-worker.js';
import { Matcher } from './matcher.js';
import { problem, specGrammar } from './spec-grammar.js';

export interface ConstraintEngineOptions {
  readonly tokenizer: Tokenizer;
  /** Logits of the model. */
  readonly vocabularySize: number;
  /** In ms. Default 5000. */
  readonly compileTimeoutMs?: number;
}

/** A grammar, and when it may be used. */
export interface CompiledConstraint {
  readonly id: number;
  readonly text: string;
  /** Rejects with a `FerrumError` when it cannot be compiled, or not in time. */
  readonly ready: Promise<void>;
  /** Special tokens that it does not name: a class of characters would let them through. */
  readonly ruledOut: readonly number[];
  /** Answers that follow it. */
  users: number;
}

/** Compiled grammars that are kept, and those that may wait to be compiled. */
const mostKept = 64;
const mostWaiting = 64;

/**
 * Compiles constraints and follows answers, by xgrammar in threads of its own: one tries a new grammar out, and is ended when
 * that takes too long; the other computes masks, and only ever sees grammars that were found to be good.
 */
export class ConstraintEngine {
  readonly #compiled = new Map<string, CompiledConstraint>();
  readonly #specials = new Map<string, string>();
  readonly #compileTimeoutMs: number;
  #vocabulary: Promise<VocabularyBytes> | undefined;
  #bytes: VocabularyBytes | undefined;
  #trial: GrammarThread | undefined;
  #masks: GrammarThread | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #count = 0;
  #isOver = false;

  constructor(private readonly options: ConstraintEngineOptions) {
    this.#compileTimeoutMs = options.compileTimeoutMs ?? 5000;
  }

  /**
   * Reads a constraint and begins to compile it, unless it is known.
   * @throws FerrumError `RequestValidation` for one that is malformed, not supported or cannot be met; `ResourceExhausted`
   */
  compile(spec: ConstraintSpec): CompiledConstraint {
    const text = specGrammar(spec, this.#specialTexts());
    const known = this.#compiled.get(text);
    if (known) {
      this.#compiled.delete(text);
      this.#compiled.set(text, known);
      return known;
    }
    if (this.#waiting >= mostWaiting) {
      throw new FerrumError(
        'ResourceExhausted',
        `${this.#waiting} formats of answers wait to be compiled; try again later.`,
        {
          retryAfterMs: 1000,
        },
      );
    }
    this.#waiting += 1;
    const id = this.#count++;
    const ready = this.#queue
      .then(() => this.#try(id, text))
      .finally(() => {
        this.#waiting -= 1;
      });
    const compiled: CompiledConstraint = { id, text, ready, ruledOut: this.#specialsOutside(text), users: 0 };
    this.#queue = ready.catch(() => this.#compiled.delete(text));
    this.#compiled.set(text, compiled);
    this.#forgetOld();
    return compiled;
  }

  /** Follows one answer. @param endTokens allowed where the answer may end; at least one */
  matcher(compiled: CompiledConstraint, endTokens: ReadonlySet<number>, onLate: () => void = () => {}): Matcher {
    if (endTokens.size === 0) {
      throw problem('', 'this model has no token that ends an answer; give one as `sampling.stopTokens`');
    }
    return new Matcher(this, compiled, endTokens, onLate);
  }

  /** The thread that computes masks, told of the grammar. */
  maskThread(compiled: CompiledConstraint): GrammarThread {
    if (this.#isOver || !this.#bytes) throw new FerrumError('Cancelled', 'The engine is shut down.');
    if (!this.#masks || this.#masks.isOver) this.#masks = new GrammarThread(this.#bytes, 2 * this.#compileTimeoutMs);
    const masks = this.#masks;
    if (!masks.compiled.has(compiled.id)) {
      masks.compiled.add(compiled.id);
      // Whoever asks for a mask learns that the thread went down.
      masks.call({ kind: 'compile', grammar: compiled.id, text: compiled.text }).catch(() => {});
    }
    return masks;
  }

  /** A matcher is no longer used. */
  close(thread: object, matcher: number): void {
    if (thread === this.#masks && !this.#masks.isOver) this.#masks.call({ kind: 'close', matcher }).catch(() => {});
  }

  dispose(): void {
    this.#isOver = true;
    this.#trial?.end();
    this.#masks?.end();
  }

  async #try(id: number, text: string): Promise<void> {
    this.#vocabulary ??= this.#readVocabulary();
    this.#bytes = await this.#vocabulary;
    if (this.#isOver) throw new FerrumError('Cancelled', 'The engine is shut down.');
    if (!this.#trial || this.#trial.isOver) this.#trial = new GrammarThread(this.#bytes, this.#compileTimeoutMs);
    try {
      await this.#trial.call({ kind: 'compile', grammar: id, text });
      await this.#trial.call({ kind: 'drop', grammar: id });
    } catch (cause) {
      if (this.#isOver) throw new FerrumError('Cancelled', 'The engine is shut down.', { cause });
      const isSlow = cause instanceof ThreadFailure && cause.kind === 'slow';
      throw problem(
        '',
        isSlow
          ? `compiling it took longer than ${this.#compileTimeoutMs} ms; make it smaller, with fewer or lower limits on lengths and counts`
          : `the grammar engine refused it: ${cause instanceof Error ? cause.message : String(cause)}`,
      );
    }
  }

  #forgetOld(): void {
    for (const [text, { id, users }] of this.#compiled) {
      if (this.#compiled.size <= mostKept) return;
      if (users > 0) continue;
      this.#compiled.delete(text);
      if (this.#masks?.compiled.delete(id)) this.#masks.call({ kind: 'drop', grammar: id }).catch(() => {});
    }
  }

  /** Special tokens by their text. Each stands for a character of Unicode's last plane, which no other text has here. */
  #specialTexts(): ReadonlyMap<string, string> {
    if (this.#specials.size > 0) return this.#specials;
    const { tokenizer, vocabularySize } = this.options;
    for (let id = 0; id < Math.min(tokenizer.vocabSize, vocabularySize); id++) {
      const text = tokenizer.isSpecial(id) ? tokenizer.tokenText(id) : undefined;
      if (text && this.#specials.size < 0xff00)
        this.#specials.set(text, String.fromCodePoint(firstSpecial + this.#specials.size));
    }
    return this.#specials;
  }

  #specialsOutside(grammar: string): readonly number[] {
    return [...this.#specialTexts()].flatMap(([special, symbol]) => {
      const written = `\\U00${(symbol.codePointAt(0) ?? 0).toString(16).toUpperCase()}`;
      const id = grammar.includes(written) ? undefined : this.options.tokenizer.tokenId(special);
      return id === undefined ? [] : [id];
    });
  }

  async #readVocabulary(): Promise<VocabularyBytes> {
    const { tokenizer, vocabularySize } = this.options;
    const specials = this.#specialTexts();
    const turns = new TurnTaker();
    const known = Math.min(tokenizer.vocabSize, vocabularySize);
    const encoder = new TextEncoder();
    const parts: Uint8Array[] = [];
    let size = 0;
    for (let id = 0; id < known; id++) {
      const text = tokenizer.tokenText(id);
      const part =
        text === undefined
          ? new Uint8Array(0)
          : tokenizer.isSpecial(id)
            ? encoder.encode(specials.get(text) ?? '')
            : tokenizer.tokenBytes(id);
      parts.push(part);
      size += part.length;
      if (id % 1024 === 0) await turns.next();
    }
    const bytes = new Uint8Array(new SharedArrayBuffer(size));
    const ends = new Uint32Array(new SharedArrayBuffer(4 * known));
    let at = 0;
    for (const [id, part] of parts.entries()) {
      bytes.set(part, at);
      at += part.length;
      ends[id] = at;
    }
    return { bytes, ends, size: vocabularySize };
  }
}
