import { type CharacterRange, type Expression, normalizeRanges } from './grammar.js';
import { classAlternatives } from './write-grammar.js';

/** A counted repetition that xgrammar takes too long to compile. */
export interface SlowRepeat {
  readonly max: number;
  /** Counts from and to that it would take a moment for. */
  readonly fits: readonly [min: number, max: number];
}

/**
 * Finds counts of which compiling is bound to be cut off after its five seconds. Measured with xgrammar 0.1.27: up to 128
 * times a class costs next to nothing, and beyond that, whatever the count, where most tokens fit the class, for each 50,000
 * tokens 2 s and 0.7 s for each of the sequences of bytes that its characters beyond ASCII come to.
 */
export class SlowRepeats {
  /** Names of rules, and repetitions. */
  readonly #seen = new Set<string>();
  #seconds = 0;

  constructor(
    private readonly rules: ReadonlyMap<string, Expression>,
    private readonly vocabularySize: number,
  ) {}

  /** @returns the repetition that, with all that it was asked of before, takes too long */
  find(expression: Expression): SlowRepeat | undefined {
    const waiting = [expression];
    for (let one = waiting.pop(); one; one = waiting.pop()) {
      if (one.kind === 'sequence') waiting.push(...one.parts);
      else if (one.kind === 'choice') waiting.push(...one.of);
      else if (one.kind === 'rule') {
        const rule = this.rules.get(one.name);
        if (!rule || this.#seen.has(one.name)) continue;
        this.#seen.add(one.name);
        waiting.push(rule);
      } else if (one.kind === 'repeat') {
        waiting.push(one.of);
        const { min, max = min } = one;
        if (Math.max(min, max) <= mostCheap || this.#isSeen(one)) continue;
        this.#seconds += secondsOf(one.of) * (this.vocabularySize / 50_000);
        if (this.#seconds > mostSeconds)
          return { max: Math.max(min, max), fits: [Math.min(min, mostFixed), mostCheap] };
      }
    }
    return undefined;
  }

  /** Those that are written alike are one rule. */
  #isSeen(repeat: Expression): boolean {
    const key = JSON.stringify(repeat);
    const isSeen = this.#seen.has(key);
    this.#seen.add(key);
    return isSeen;
  }
}

/** xgrammar writes out counts up to this. */
const mostCheap = 128;
/** Characters that must be there cost too. */
const mostFixed = 20;
/** More than the limit: a faster machine may do it. */
const mostSeconds = 6.5;

/** What nearly any character is among. */
const ordinary = ' ,.-09azAZ';

function secondsOf(repeated: Expression): number {
  const classes = repeated.kind === 'choice' ? repeated.of : [repeated];
  const ranges = normalizeRanges(classes.flatMap((one) => (one.kind === 'class' ? one.ranges : [])));
  if (!Array.from(ordinary, (one) => one.charCodeAt(0)).every((code) => isIn(ranges, code))) return 0;
  const sequences = classes.flatMap((one) => (one.kind === 'class' ? classAlternatives(one.ranges) : []));
  return 2 + 0.7 * (sequences.length - 1);
}

function isIn(ranges: readonly CharacterRange[], code: number): boolean {
  return ranges.some(([from, to]) => from <= code && code <= to);
}
