/** A set of characters: code points from and to, both included. */
export type CharacterRange = readonly [from: number, to: number];

/** What a text must look like, whichever notation it came from. */
export type Expression =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'class'; readonly ranges: readonly CharacterRange[] }
  | { readonly kind: 'sequence'; readonly parts: readonly Expression[] }
  /** With nothing to choose from, nothing matches. */
  | { readonly kind: 'choice'; readonly of: readonly Expression[] }
  | { readonly kind: 'repeat'; readonly of: Expression; readonly min: number; readonly max: number | undefined }
  | { readonly kind: 'rule'; readonly name: string };

export const empty: Expression = { kind: 'text', text: '' };
export const nothing: Expression = { kind: 'choice', of: [] };

export function text(text: string): Expression {
  return { kind: 'text', text };
}

export function sequence(...parts: readonly Expression[]): Expression {
  return parts.length === 1 && parts[0] ? parts[0] : { kind: 'sequence', parts };
}

export function choice(...of: readonly Expression[]): Expression {
  return of.length === 1 && of[0] ? of[0] : { kind: 'choice', of };
}

export function repeat(of: Expression, min: number, max?: number): Expression {
  return { kind: 'repeat', of, min, max };
}

export function optional(of: Expression): Expression {
  return choice(empty, of);
}

/** Characters as `'a-z'`-like pairs: `characters('az', '09')`. */
export function characters(...pairs: readonly string[]): Expression {
  return {
    kind: 'class',
    ranges: pairs.map((pair) => [pair.codePointAt(0) ?? 0, pair.codePointAt(pair.length - 1) ?? 0]),
  };
}

/** Code points that text is made of: those from here on are symbols, of special tokens among others. */
export const firstSpecial = 0x100000;

/** How a symbol is written in the vocabulary and the grammar: with a character that no text has here. */
export function symbolText(code: number): string {
  return `\u0002${(code - firstSpecial).toString(16).padStart(4, '0')}`;
}

/** What begins a symbol, U+0002. */
export const symbolByte = 0x02;

/** How long a string may be, in characters (code points). */
export interface StringLength {
  readonly min: number;
  readonly max: number;
  /** Tells apart strings of other characters; empty where it may have any. */
  readonly of: string;
}

/** A grammar in xgrammar's notation, and the lengths of strings that it marks. */
export interface WrittenGrammar {
  readonly text: string;
  /** Length i is marked by the symbol `firstLength` + i. */
  readonly lengths: readonly StringLength[];
}

/** Code points that say, inside a string, which length it may have; the vocabulary ends with a token for each. */
export const firstLength = 0x10ff00;
export const mostLengths = 64;

const everything: readonly CharacterRange[] = [
  [0, symbolByte - 1],
  [symbolByte + 1, firstSpecial - 1],
];

/** Sorted and joined, without special tokens. */
export function normalizeRanges(ranges: readonly CharacterRange[]): CharacterRange[] {
  const sorted = [...ranges].filter(([from, to]) => from <= to).sort(([a], [b]) => a - b);
  const joined: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = joined.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined.flatMap(([from, to]) =>
    everything
      .map(([low, high]): CharacterRange => [Math.max(from, low), Math.min(to, high)])
      .filter(([a, b]) => a <= b),
  );
}

/** All characters but these. */
export function complement(ranges: readonly CharacterRange[]): CharacterRange[] {
  const holes = normalizeRanges(ranges);
  return everything.flatMap(([low, high]) => {
    const kept: CharacterRange[] = [];
    let from = low;
    for (const [a, b] of holes) {
      if (b < low || a > high) continue;
      if (a > from) kept.push([from, a - 1]);
      from = b + 1;
    }
    if (from <= high) kept.push([from, high]);
    return kept;
  });
}

export const anyCharacter: Expression = { kind: 'class', ranges: complement([]) };
export const anyText = repeat(anyCharacter, 0);

/** Rules under construction. Names are made here, so that grammars can be put together without clashes. */
export class GrammarBuilder {
  readonly rules = new Map<string, Expression>();
  /** The first is that of strings without limits. */
  readonly lengths: StringLength[] = [{ min: 0, max: Number.POSITIVE_INFINITY, of: '' }];
  #count = 0;

  /** A rule that is to be defined later. */
  reserve(): { readonly kind: 'rule'; readonly name: string } {
    return { kind: 'rule', name: `r${this.#count++}` };
  }

  define(expression: Expression): Expression {
    const rule = this.reserve();
    this.rules.set(rule.name, expression);
    return rule;
  }

  /** The symbol of a length; undefined when there are too many different ones. */
  lengthSymbol(length: StringLength): Expression | undefined {
    const { min, max, of } = length;
    let index = this.lengths.findIndex((one) => one.min === min && one.max === max && one.of === of);
    if (index < 0) index = this.lengths.push(length) - 1;
    return index < mostLengths ? text(String.fromCodePoint(firstLength + index)) : undefined;
  }

  /** A rule that may refer to itself. */
  recursive(make: (self: Expression) => Expression): Expression {
    const rule = this.reserve();
    this.rules.set(rule.name, make(rule));
    return rule;
  }
}
