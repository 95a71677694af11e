import { type AST, RegExpParser } from '@eslint-community/regexpp';
import {
  anyText,
  type CharacterRange,
  characters,
  choice,
  complement,
  type Expression,
  empty,
  firstSpecial,
  normalizeRanges,
  nothing,
  repeat,
  sequence,
  text,
} from './grammar.js';
import { and, isExpression, type Language } from './language.js';

/** Says what is wrong with a pattern, without where it stands. */
export class PatternProblem extends Error {}

/**
 * Texts that match an ECMAScript regular expression. Lookaheads may stand at its beginning, as in `^(?=.*[0-9]).{8,}$`.
 * @param isAnchored whether the whole text must match; else, as `RegExp.test` does, a part of it unless it says `^` or `$`
 * @throws PatternProblem for what is no regular expression, or more than one can be
 */
export function regexLanguage(pattern: string, isAnchored: boolean): Language {
  if (pattern.length > longestPattern) throw new PatternProblem(`has more than ${longestPattern} characters`);
  let parsed: AST.Pattern;
  try {
    parsed = new RegExpParser({ ecmaVersion: 2024 }).parsePattern(pattern, 0, pattern.length, { unicode: true });
  } catch (cause) {
    throw new PatternProblem(`is no regular expression: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const budget = { states: mostStates };
  const languages = parsed.alternatives.map(({ elements }): Language => {
    const rest = [...elements];
    const startsAt = isAssertion(rest[0], 'start');
    if (startsAt) rest.shift();
    const looks: AST.LookaheadAssertion[] = [];
    while ((startsAt || isAnchored) && isLookahead(rest[0])) looks.push(rest.shift() as AST.LookaheadAssertion);
    const matched = matchOf(rest, isAnchored || startsAt, isAnchored, budget);
    return and(matched, ...looks.map((look) => aheadOf(look, budget)));
  });
  return languages.every(isExpression) ? choice(...languages) : { kind: 'or', of: languages };
}

/** What a lookahead at the beginning says of the whole text. */
function aheadOf({ alternatives, negate }: AST.LookaheadAssertion, budget: { states: number }): Language {
  const found = choice(...alternatives.map(({ elements }) => matchOf(elements, true, false, budget)));
  return negate ? { kind: 'not', of: found } : found;
}

function matchOf(
  elements: readonly AST.Element[],
  fromStart: boolean,
  toEnd: boolean,
  budget: { states: number },
): Expression {
  const rest = [...elements];
  const endsAt = isAssertion(rest.at(-1), 'end');
  if (endsAt) rest.pop();
  const inner = sequence(empty, ...rest.map((element) => expressionOf(element, budget, 1)));
  if (fromStart && toEnd) return inner;
  return sequence(...(fromStart ? [] : [anyText]), inner, ...(toEnd || endsAt ? [] : [anyText]));
}

const longestPattern = 4096;
/** What counted repetitions may come to: each of their copies is work for every token. */
const mostStates = 5000;

function isAssertion(element: AST.Element | undefined, kind: 'start' | 'end'): boolean {
  return element?.type === 'Assertion' && element.kind === kind;
}

function isLookahead(element: AST.Element | undefined): element is AST.LookaheadAssertion {
  return element?.type === 'Assertion' && element.kind === 'lookahead';
}

function expressionOf(element: AST.Element, budget: { states: number }, copies: number): Expression {
  switch (element.type) {
    case 'Character':
      spend(budget, copies);
      if (element.value >= firstSpecial) return nothing;
      return text(String.fromCodePoint(element.value));
    case 'CharacterSet':
    case 'CharacterClass':
      spend(budget, copies);
      return { kind: 'class', ranges: rangesOf(element) };
    case 'Group':
    case 'CapturingGroup':
      return choice(
        ...element.alternatives.map(({ elements }) =>
          sequence(empty, ...elements.map((inner) => expressionOf(inner, budget, copies))),
        ),
      );
    case 'Quantifier': {
      const { min, max } = element;
      const most = Number.isFinite(max) ? max : undefined;
      const of = expressionOf(element.element, budget, copies * Math.max(1, most ?? min));
      return repeat(of, min, most);
    }
    case 'Assertion':
      throw new PatternProblem(
        element.kind === 'lookahead' || element.kind === 'lookbehind'
          ? `uses a ${element.kind} (\`${element.raw}\`), which is not supported${element.kind === 'lookahead' ? ' but right after a `^` at its beginning' : ''}`
          : `uses \`${element.raw}\` inside, which is not supported; only at its very beginning or end`,
      );
    case 'Backreference':
      throw new PatternProblem(`uses a backreference (\`${element.raw}\`), which is not supported`);
    default:
      throw new PatternProblem(`uses \`${element.raw}\`, which is not supported`);
  }
}

function spend(budget: { states: number }, copies: number): void {
  budget.states -= copies;
  if (budget.states < 0)
    throw new PatternProblem(`repeats too much: its counts come to more than ${mostStates} characters`);
}

type ClassPart = AST.CharacterSet | AST.CharacterClass | AST.CharacterClassElement | AST.Character;

function rangesOf(part: ClassPart): readonly CharacterRange[] {
  switch (part.type) {
    case 'Character':
      return [[part.value, part.value]];
    case 'CharacterClassRange':
      return [[part.min.value, part.max.value]];
    case 'CharacterClass': {
      const ranges = part.elements.flatMap((element) => rangesOf(element as ClassPart));
      return part.negate ? complement(ranges) : normalizeRanges(ranges);
    }
    case 'CharacterSet': {
      const ranges = setRanges(part);
      return 'negate' in part && part.negate ? complement(ranges) : ranges;
    }
    default:
      throw new PatternProblem(`uses \`${part.raw}\`, which is not supported`);
  }
}

function setRanges(set: AST.CharacterSet): readonly CharacterRange[] {
  switch (set.kind) {
    case 'any':
      return complement(lineBreaks);
    case 'digit':
      return [[0x30, 0x39]];
    case 'word':
      return word;
    case 'space':
      return space;
    case 'property':
      return propertyRanges(set.key, set.value);
  }
}

const propertyCache = new Map<string, readonly CharacterRange[]>();

/** Asks the engine about every character, once per property: some 30 ms. */
function propertyRanges(key: string, value: string | null): readonly CharacterRange[] {
  const source = value === null ? key : `${key}=${value}`;
  const known = propertyCache.get(source);
  if (known) return known;
  const expression = new RegExp(`^\\p{${source}}$`, 'u');
  const ranges: [number, number][] = [];
  // Beyond these two planes there are hardly any assigned characters but ideographs.
  for (let code = 0; code < 0x20000; code++) {
    if ((code >= 0xd800 && code <= 0xdfff) || !expression.test(String.fromCodePoint(code))) continue;
    const last = ranges.at(-1);
    if (last && last[1] === code - 1) last[1] = code;
    else ranges.push([code, code]);
  }
  propertyCache.set(source, ranges);
  return ranges;
}

const lineBreaks: readonly CharacterRange[] = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];
const word = (characters('az', 'AZ', '09', '__') as { readonly ranges: readonly CharacterRange[] }).ranges;
/** WhiteSpace and LineTerminator of ECMA-262. */
const space: readonly CharacterRange[] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
