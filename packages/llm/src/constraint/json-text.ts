import type { JsonValue } from '@ferrum/interfaces';
import {
  type CharacterRange,
  characters,
  choice,
  complement,
  type Expression,
  type GrammarBuilder,
  normalizeRanges,
  nothing,
  optional,
  repeat,
  type StringLength,
  sequence,
  text,
} from './grammar.js';

const hex = characters('09', 'af', 'AF');
const escaped: readonly CharacterRange[] = [
  [0, 0x1f],
  [0x22, 0x22],
  [0x5c, 0x5c],
];
/** What stands in a JSON string as it is. */
export const plainCharacter: Expression = { kind: 'class', ranges: complement(escaped) };
/** One code unit, never half of a pair: so each is a character to whoever counts them. */
const escapeSequence = sequence(
  text('\\'),
  choice(
    { kind: 'class', ranges: Array.from('"\\/bfnrt', (c): CharacterRange => [c.charCodeAt(0), c.charCodeAt(0)]) },
    sequence(
      text('u'),
      choice(
        sequence(characters('09', 'ac', 'AC', 'ef', 'EF'), repeat(hex, 3, 3)),
        sequence(characters('dd', 'DD'), characters('07'), repeat(hex, 2, 2)),
      ),
    ),
  ),
);

/**
 * White space after a comma, a colon or a bracket: a space, or a line break with some indentation. Without a limit a model
 * may go on with it for ever.
 */
const space = choice(text(''), text(' '), sequence(text('\n'), repeat(text(' '), 0, 16)));

/** The parts that JSON texts share, each a rule once it is used. */
export class JsonText {
  #space: Expression | undefined;
  #value: Expression | undefined;
  #object: Expression | undefined;
  #number: Expression | undefined;
  /** By length and characters. */
  readonly #strings = new Map<string, Expression>();

  constructor(readonly builder: GrammarBuilder) {}

  get space(): Expression {
    this.#space ??= this.builder.define(space);
    return this.#space;
  }

  get string(): Expression {
    return this.stringOf(0) ?? nothing;
  }

  get number(): Expression {
    this.#number ??= this.builder.define(
      sequence(
        optional(text('-')),
        naturalNumber,
        optional(sequence(text('.'), repeat(digit, 1, 15))),
        optional(sequence(characters('ee', 'EE'), optional(characters('--', '++')), repeat(digit, 1, 2))),
      ),
    );
    return this.#number;
  }

  /** Any object. */
  get object(): Expression {
    this.#define();
    return this.#object ?? nothing;
  }

  /** Any value. */
  get value(): Expression {
    this.#define();
    return this.#value ?? nothing;
  }

  /** A string of so many characters. @returns undefined when the grammar has too many different lengths */
  stringOf(min: number, max = Number.POSITIVE_INFINITY): Expression | undefined {
    return this.counted([], choice(plainCharacter, escapeSequence), { min, max, of: '' });
  }

  /**
   * A string that begins with `first`, a character each, and goes on with `more`, and has so many characters in all. The
   * grammar does not count them, which would take a state for each: it says by a symbol that such a string is going on, and
   * `StringCounter` counts.
   * @returns undefined when the grammar has too many different lengths
   */
  counted(first: readonly Expression[], more: Expression, length: StringLength): Expression | undefined {
    if (length.max < length.min) return nothing;
    const key = `${length.min}-${length.max} ${length.of}`;
    const known = this.#strings.get(key);
    if (known) return known;
    const symbol = this.builder.lengthSymbol(length);
    if (!symbol) return undefined;
    const alternatives = more.kind === 'choice' ? more.of : [more];
    // The rest of a string is one rule that goes on with itself: tokens inside it are then told apart when it is compiled,
    // not one by one while a model waits (0.05 ms a mask instead of 15).
    let rest = this.builder.recursive((self) =>
      choice(text('"'), ...alternatives.map((one) => sequence(one, self)), sequence(symbol, self)),
    );
    for (const one of [...first].reverse()) {
      const next = rest;
      rest = this.builder.recursive((self) => choice(sequence(one, next), sequence(symbol, self)));
    }
    const whole = sequence(text('"'), rest);
    this.#strings.set(key, whole);
    return whole;
  }

  /** A list of items, `[` to `]`. */
  between(open: string, close: string, items: Expression): Expression {
    return sequence(text(open), this.space, items, this.space, text(close));
  }

  get comma(): Expression {
    return sequence(text(','), this.space);
  }

  member(key: Expression, value: Expression): Expression {
    return sequence(key, text(':'), this.space, value);
  }

  /** A key as a JSON string without escapes that is none of these. */
  keyBut(names: readonly string[]): Expression {
    return sequence(
      text('"'),
      this.#but(
        names.map((name) => Array.from(name)),
        0,
      ),
    );
  }

  #but(names: readonly (readonly string[])[], depth: number): Expression {
    const rest = sequence(repeat(plainCharacter, 0), text('"'));
    if (names.length === 0) return rest;
    const next = new Map<string, (readonly string[])[]>();
    for (const name of names) {
      const character = name[depth];
      if (character === undefined) continue;
      next.set(character, [...(next.get(character) ?? []), name]);
    }
    const codes = Array.from(
      next.keys(),
      (character): CharacterRange => [character.codePointAt(0) ?? 0, character.codePointAt(0) ?? 0],
    );
    const isName = names.some((name) => name.length === depth);
    return this.builder.define(
      choice(
        ...(isName ? [] : [text('"')]),
        sequence({ kind: 'class', ranges: complement([...escaped, ...codes]) }, rest),
        ...Array.from(next)
          .filter(([character]) => isPlain(character.codePointAt(0) ?? 0))
          .map(([character, longer]) => sequence(text(character), this.#but(longer, depth + 1))),
      ),
    );
  }

  #define(): void {
    if (this.#value) return;
    const { builder } = this;
    const [value, object] = [builder.reserve(), builder.reserve()];
    [this.#value, this.#object] = [value, object];
    const list = (item: Expression): Expression => optional(sequence(item, repeat(sequence(this.comma, item), 0)));
    const member = builder.define(this.member(this.string, value));
    builder.rules.set(object.name, this.between('{', '}', list(member)));
    builder.rules.set(
      value.name,
      choice(
        object,
        this.between('[', ']', list(value)),
        this.string,
        this.number,
        ...['true', 'false', 'null'].map((word) => text(word)),
      ),
    );
  }
}

export const digit = characters('09');
/** Fifteen digits keep their value as a double. */
export const naturalNumber = choice(text('0'), sequence(characters('19'), repeat(digit, 0, 14)));

function isPlain(code: number): boolean {
  return code > 0x1f && code !== 0x22 && code !== 0x5c;
}

/** What a pattern's text looks like inside a JSON string. */
export function insideString(pattern: Expression): Expression {
  switch (pattern.kind) {
    case 'text':
      return sequence(text(''), ...Array.from(pattern.text, (one) => writeCharacter(one.codePointAt(0) ?? 0)));
    case 'class':
      return writeClass(pattern.ranges);
    case 'sequence':
      return { kind: 'sequence', parts: pattern.parts.map(insideString) };
    case 'choice':
      return { kind: 'choice', of: pattern.of.map(insideString) };
    case 'repeat':
      return repeat(insideString(pattern.of), pattern.min, pattern.max);
    case 'rule':
      return pattern;
  }
}

function writeClass(ranges: readonly CharacterRange[]): Expression {
  const wanted = normalizeRanges(ranges);
  const has = (code: number): boolean => wanted.some(([from, to]) => code >= from && code <= to);
  const special = Array.from({ length: 0x5d }, (_, code) => code).filter((code) => !isPlain(code) && has(code));
  const plain: Expression = {
    kind: 'class',
    ranges: wanted.flatMap(([from, to]) =>
      complement(escaped)
        .map(([low, high]): CharacterRange => [Math.max(low, from), Math.min(high, to)])
        .filter(([low, high]) => low <= high),
    ),
  };
  return special.length === 0 ? plain : choice(plain, ...special.map(writeCharacter));
}

function writeCharacter(code: number): Expression {
  return text(JSON.stringify(String.fromCodePoint(code)).slice(1, -1));
}

/** The last plane's characters are escaped: as they are they stand for symbols. */
export function writeJson(value: JsonValue): string {
  return JSON.stringify(value).replace(/[\u{100000}-\u{10FFFF}]/gu, (one) =>
    Array.from({ length: 2 }, (_, i) => `\\u${one.charCodeAt(i).toString(16)}`).join(''),
  );
}
