import type { Tokenizer } from '@ferrum/models';
import { TurnTaker } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import { CompileQueue } from './compile-queue.js';
import type { ConstraintSpec } from './constraint-spec.js';
import { firstLength, firstSpecial, symbolByte, symbolText } from './grammar.js';
import { type GrammarThread, ThreadFailure } from './grammar-thread.js';
import { GrammarThreads, type HeldGrammar } from './grammar-threads.js';
import type { VocabularyBytes } from './grammar-worker.js';
import { Matcher } from './matcher.js';
import { SlowFormats } from './slow-formats.js';
import { problem } from './spec-grammar.js';

export interface ConstraintEngineOptions {
  readonly tokenizer: Tokenizer;
  /** Logits of the model. */
  readonly vocabularySize: number;
  /** In ms. Default 5000. */
  readonly compileTimeoutMs?: number;
}

/** A grammar, and when it may be used. */
export interface CompiledConstraint extends HeldGrammar {
  /**
   * Rejects with a `FerrumError`: `RequestValidation` for a constraint that is malformed, not supported, takes too long to
   * compile or cannot be met.
   */
  readonly ready: Promise<void>;
}

/** Compiled grammars that are kept, and those that may wait to be compiled. */
const mostKept = 64;
const mostWaiting = 64;
/** How long a format that took too long is refused without being tried, in ms. */
const slowForMs = 10 * 60_000;

/** Compiles constraints and follows answers, by xgrammar in threads of its own, which begin with the first constraint. */
export class ConstraintEngine {
  /** By their JSON. */
  readonly #compiled = new Map<string, CompiledConstraint>();
  readonly #compileTimeoutMs: number;
  #opened: Promise<GrammarThreads> | undefined;
  #threads: GrammarThreads | undefined;
  readonly #queue = new CompileQueue();
  readonly #slow = new SlowFormats(slowForMs);
  #count = 0;
  #isOver = false;

  constructor(private readonly options: ConstraintEngineOptions) {
    this.#compileTimeoutMs = options.compileTimeoutMs ?? 5000;
  }

  /**
   * Begins to compile a constraint, unless it is known.
   * @throws FerrumError `RequestValidation` for one that is no JSON, too large, or took too long before; `ResourceExhausted`
   */
  compile(spec: ConstraintSpec): CompiledConstraint {
    const key = keyOf(spec);
    const known = this.#compiled.get(key);
    if (known) {
      this.#compiled.delete(key);
      this.#compiled.set(key, known);
      return known;
    }
    if (this.#slow.has(key)) throw this.#tooSlow();
    const waiting = this.#queue.length;
    if (waiting >= mostWaiting) {
      throw new FerrumError(
        'ResourceExhausted',
        `${waiting} formats of answers wait to be compiled; try again later.`,
        { retryAfterMs: 1000 },
      );
    }
    const held = { id: this.#count++, spec: key, users: 0 };
    const ready = this.#queue.add(spec, () => this.#try(held));
    const compiled: CompiledConstraint = Object.assign(held, { ready });
    ready.catch(() => this.#compiled.delete(key));
    this.#compiled.set(key, compiled);
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
    if (!this.#threads) throw new FerrumError('Cancelled', 'The engine is shut down.');
    return this.#threads.threadOf(compiled);
  }

  dispose(): void {
    this.#isOver = true;
    this.#threads?.dispose();
  }

  async #try(compiled: HeldGrammar): Promise<void> {
    this.#opened ??= this.#readVocabulary().then((bytes) => new GrammarThreads(bytes, this.#compileTimeoutMs));
    this.#threads = await this.#opened;
    if (this.#isOver) throw new FerrumError('Cancelled', 'The engine is shut down.');
    try {
      await this.#threads.compile(compiled);
    } catch (cause) {
      if (this.#isOver) throw new FerrumError('Cancelled', 'The engine is shut down.', { cause });
      if (FerrumError.isInstance(cause)) throw cause;
      if (cause instanceof ThreadFailure && cause.kind === 'slow') {
        this.#slow.add(compiled.spec);
        throw this.#tooSlow();
      }
      throw problem('', `the grammar engine refused it: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }

  #tooSlow(): FerrumError {
    return problem(
      '',
      `compiling it took longer than ${this.#compileTimeoutMs} ms; make it smaller, with lower counts in patterns and grammars`,
    );
  }

  #forgetOld(): void {
    for (const [key, compiled] of this.#compiled) {
      if (this.#compiled.size <= mostKept) return;
      if (compiled.users > 0) continue;
      this.#compiled.delete(key);
      this.#threads?.forget(compiled);
    }
  }

  /** Piece by piece: others have their turns meanwhile. */
  async #readVocabulary(): Promise<VocabularyBytes> {
    const { tokenizer, vocabularySize } = this.options;
    const turns = new TurnTaker();
    const known = Math.min(tokenizer.vocabSize, vocabularySize);
    const specials = new Map<string, string>();
    const parts: Uint8Array[] = [];
    let size = 0;
    for (let id = 0; id < known; id++) {
      const text = tokenizer.tokenText(id);
      let part: Uint8Array = new Uint8Array(0);
      if (text !== undefined && !tokenizer.isSpecial(id)) part = textBytes(tokenizer.tokenBytes(id));
      else if (text && specials.size < mostSpecials) {
        const symbol = firstSpecial + specials.size;
        specials.set(text, String.fromCodePoint(symbol));
        part = new TextEncoder().encode(symbolText(symbol));
      }
      parts.push(part);
      size += part.length;
      if (id % 256 === 0) await turns.next();
    }
    const bytes = new Uint8Array(new SharedArrayBuffer(size));
    const ends = new Uint32Array(new SharedArrayBuffer(4 * known));
    let at = 0;
    for (const [id, part] of parts.entries()) {
      bytes.set(part, at);
      at += part.length;
      ends[id] = at;
    }
    return { bytes, ends, size: vocabularySize, specials };
  }
}

const mostSpecials = firstLength - firstSpecial;
const largestSpec = 1024 * 1024;

function keyOf(spec: ConstraintSpec): string {
  let key: string;
  try {
    key = JSON.stringify(spec);
  } catch (cause) {
    throw problem('', `it is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (key.length <= largestSpec) return key;
  throw problem('', `it has ${key.length} characters as JSON, more than ${largestSpec}`);
}

/** Tokens with bytes that UTF-8 never has, or that could spell a symbol, are left out. */
function textBytes(bytes: Uint8Array): Uint8Array {
  const isOdd = bytes.some((byte) => byte === symbolByte || byte === 0xc0 || byte === 0xc1 || byte > 0xf4);
  return isOdd ? new Uint8Array(0) : bytes;
}
