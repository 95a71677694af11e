import type { DryParams } from '@ferrum/interfaces';
import type { LogitsProcessor } from './logits-processor.js';

/**
 * "Don't repeat yourself" (p-e-w 2024): where the last n tokens came before, the token that followed them then loses
 * `multiplier · base^(n − allowedLength)`. No repetition reaches across a breaker, and breakers themselves lose nothing,
 * as in the original.
 */
export class Dry implements LogitsProcessor {
  readonly parameter = 'dry';
  readonly #context: number[];
  /** Tokens at the end of the context without a breaker among them. */
  #unbroken = 0;
  readonly #breakers = new Map<number, boolean>();

  /** @param tokenText the text that a token stands for, in which breakers are searched. */
  constructor(
    private readonly params: Required<DryParams>,
    promptTokens: readonly number[],
    private readonly tokenText: (token: number) => string | undefined,
  ) {
    this.#context = [...promptTokens];
    while (this.#unbroken < promptTokens.length) {
      if (this.#isBreaker(promptTokens[promptTokens.length - 1 - this.#unbroken] as number)) break;
      this.#unbroken += 1;
    }
  }

  process(logits: Float32Array): void {
    const { multiplier, base, allowedLength, penaltyLastN } = this.params;
    const length = Math.min(this.#context.length, penaltyLastN);
    const most = Math.min(this.#unbroken, length);
    if (most < allowedLength) return;
    const count = findRepetitions(this.#context, length, allowedLength, most, logits.length);
    for (let i = 0; i < count; i++) {
      const token = continuations[i] as number;
      const repeated = longest[token] as number;
      longest[token] = 0;
      if (this.#isBreaker(token)) continue;
      const penalty = Math.min(multiplier * base ** (repeated - allowedLength), largestPenalty);
      logits[token] = (logits[token] as number) - penalty;
    }
  }

  accept(token: number): void {
    this.#context.push(token);
    this.#unbroken = this.#isBreaker(token) ? 0 : this.#unbroken + 1;
  }

  #isBreaker(token: number): boolean {
    let known = this.#breakers.get(token);
    if (known === undefined) {
      const text = this.tokenText(token) ?? '';
      known = this.params.sequenceBreakers.some((breaker) => text.includes(breaker));
      this.#breakers.set(token, known);
    }
    return known;
  }
}

/** Rules a token out beside any other, yet stays far from infinity, which long repetitions reach soon. */
const largestPenalty = 1e9;

/** Length of what each token would continue, by token id; all 0 between two calls of `process`. */
let longest = new Int32Array(0);
/** The tokens for which `longest` is set. */
let continuations = new Int32Array(0);
let matches = new Int32Array(0);

/**
 * Fills `longest` and `continuations` for the last `length` tokens of the context, in a time that grows with `length` only:
 * the Z-algorithm (Gusfield 1997) on the context read backwards gives for each place how much before it equals the end.
 *
 * @param least shorter repetitions do not count. @param most longer ones count as so long. @returns how many continuations.
 */
function findRepetitions(
  context: readonly number[],
  length: number,
  least: number,
  most: number,
  vocabularySize: number,
): number {
  if (longest.length < vocabularySize) longest = new Int32Array(vocabularySize);
  if (matches.length < length) {
    matches = new Int32Array(2 * length);
    continuations = new Int32Array(2 * length);
  }
  const last = context.length - 1;
  let count = 0;
  // The match found so far that reaches furthest back, as distances from the end.
  let start = 0;
  let end = 0;
  for (let distance = 1; distance < length; distance++) {
    let match = distance < end ? Math.min(end - distance, matches[distance - start] as number) : 0;
    while (distance + match < length && context[last - match] === context[last - distance - match]) match += 1;
    matches[distance] = match;
    if (distance + match > end) {
      start = distance;
      end = distance + match;
    }
    if (match < least) continue;
    const next = context[last - distance + 1] as number;
    const repeated = Math.min(match, most);
    const before = longest[next] as number;
    if (before === 0) continuations[count++] = next;
    if (repeated > before) longest[next] = repeated;
  }
  return count;
}
