import { FerrumError } from '@ferrum/registry/errors';
import type { ConstraintSpec, ConstraintTrigger } from './constraint-spec.js';
import { GrammarProblem, gbnfGrammar } from './gbnf-grammar.js';
import {
  choice,
  complement,
  type Expression,
  empty,
  firstSpecial,
  GrammarBuilder,
  nothing,
  repeat,
  sequence,
  text,
  type WrittenGrammar,
} from './grammar.js';
import { JsonText } from './json-text.js';
import { isExpression } from './language.js';
import { languageGrammar } from './language-grammar.js';
import { PatternProblem, regexLanguage } from './regex-grammar.js';
import { schemaGrammar } from './schema-grammar.js';
import { SchemaProblem } from './schema-problem.js';
import { type SlowRepeat, SlowRepeats } from './slow-repeats.js';
import { isProductive, productiveRules, writeGrammar } from './write-grammar.js';

/** The symbol that stands for a special token, by its text. */
export type SpecialTexts = ReadonlyMap<string, string>;

/**
 * The grammar of a constraint, in xgrammar's notation.
 * @param vocabularySize decides what takes too long to compile
 * @throws FerrumError `RequestValidation` for a constraint that is malformed, not supported, bound to take too long, or that no
 * text can meet
 */
export function specGrammar(spec: ConstraintSpec, specials: SpecialTexts, vocabularySize: number): WrittenGrammar {
  const builder = new GrammarBuilder();
  const reader = new SpecReader(builder, specials);
  const root = reader.read(spec, 0);
  const repeats = new SlowRepeats(builder.rules, vocabularySize);
  for (const { parameter, expression } of reader.parts) {
    const slow = repeats.find(expression);
    if (slow) throw problemOf(parameter, slowMessage(slow));
  }
  const written = writeGrammar(root, builder.rules);
  if (written === undefined) {
    const productive = productiveRules(builder.rules);
    const culprit = reader.parts.find(({ expression }) => !isProductive(expression, productive));
    throw problemOf(
      culprit?.parameter ?? wholeFormat,
      'no finite answer can meet it: it contradicts itself, or recurs without an end',
    );
  }
  if (written.length > largestGrammar)
    throw problem('', `it comes to a grammar of ${written.length} characters; the limit is ${largestGrammar}`);
  return { text: written, lengths: builder.lengths };
}

const largestGrammar = 2 * 1024 * 1024;
const deepest = 32;
const mostChoices = 10_000;
const longestText = 65_536;

class SpecReader {
  /** Those of schemas, grammars and patterns, and the fields that they stand in. */
  readonly parts: { readonly parameter: string; readonly expression: Expression }[] = [];

  constructor(
    private readonly builder: GrammarBuilder,
    private readonly specials: SpecialTexts,
  ) {}

  read(spec: ConstraintSpec, depth: number): Expression {
    if (depth > deepest) throw problem('', `it is nested more than ${deepest} deep`);
    switch (spec.type) {
      case 'json_object':
        return new JsonText(this.builder).object;
      case 'json_schema':
        return this.#inWords(spec.field ?? `${wholeFormat}.schema`, () =>
          schemaGrammar(spec.schema, this.builder, spec.path),
        );
      case 'grammar':
        return this.#inWords(`${wholeFormat}.grammar`, () =>
          gbnfGrammar(spec.grammar, this.builder, (given) => this.#text(given)),
        );
      case 'regex':
        return this.#inWords(`${wholeFormat}.pattern`, () => this.#regex(spec.pattern));
      case 'choice': {
        if (spec.choices.length === 0 || spec.choices.length > mostChoices) {
          throw problem('choices', `there must be 1 to ${mostChoices} choices, not ${spec.choices.length}`);
        }
        return choice(...spec.choices.map((one) => this.#text(one)));
      }
      case 'literal':
        return this.#text(spec.text);
      case 'sequence':
        return sequence(empty, ...spec.parts.map((part) => this.read(part, depth + 1)));
      case 'alternatives':
        return choice(...spec.of.map((one) => this.read(one, depth + 1)));
      case 'repeat': {
        const of = this.builder.define(this.read(spec.of, depth + 1));
        const { min = 0, max, separator = '' } = spec;
        if (max !== undefined && max < min) return nothing;
        if (separator === '') return repeat(of, min, max);
        if (max === 0) return empty;
        const more = repeat(
          sequence(this.#text(separator), of),
          Math.max(0, min - 1),
          max === undefined ? undefined : max - 1,
        );
        return min === 0 ? choice(empty, sequence(of, more)) : sequence(of, more);
      }
      case 'after':
        return this.#free([spec], depth, 'once');
      case 'triggered':
        return this.#free(spec.triggers, depth, spec.atLeastOne ? 'needed' : 'optional');
    }
  }

  #regex(pattern: string): Expression {
    const language = regexLanguage(pattern, true);
    if (isExpression(language)) return language;
    const rules = languageGrammar(language, this.builder);
    if (rules) return rules;
    throw new PatternProblem('has too many states');
  }

  #text(given: string): Expression {
    if (given.length > longestText) throw problem('', `a text has more than ${longestText} characters`);
    return text(this.#symbols(given).join(''));
  }

  /** A text's characters, with one for each special token that it names. */
  #symbols(given: string): string[] {
    const symbols: string[] = [];
    let rest = given.replace(/\p{Surrogate}/gu, '\uFFFD');
    while (rest !== '') {
      const place = this.#firstSpecial(rest);
      const before = Array.from(rest.slice(0, place?.at ?? rest.length));
      if (before.some((one) => one === '\u0002' || (one.codePointAt(0) ?? 0) >= firstSpecial)) {
        throw problem('', 'a text has U+0002 or a character from U+100000 on, which are not supported');
      }
      symbols.push(...before);
      if (!place) break;
      symbols.push(place.symbol);
      rest = rest.slice(place.at + place.length);
    }
    return symbols;
  }

  #firstSpecial(given: string): { readonly at: number; readonly length: number; readonly symbol: string } | undefined {
    let found: { readonly at: number; readonly length: number; readonly symbol: string } | undefined;
    for (const [special, symbol] of this.specials) {
      const at = given.indexOf(special);
      if (at < 0 || (found && (at > found.at || (at === found.at && special.length < found.length)))) continue;
      found = { at, length: special.length, symbol };
    }
    return found;
  }

  /** Free text with what triggers something in it: the automaton of Aho and Corasick (1975), a rule a state. */
  #free(triggers: readonly ConstraintTrigger[], depth: number, mode: 'once' | 'needed' | 'optional'): Expression {
    const patterns = triggers.map(({ text: given, inner }) => ({
      symbols: this.#symbols(given),
      triggered: this.builder.define(this.read(inner, depth + 1)),
    }));
    if (patterns.length === 0 || patterns.some(({ symbols }) => symbols.length === 0)) {
      throw problem('', 'a trigger needs a text');
    }
    const alphabet = [...new Set(patterns.flatMap(({ symbols }) => symbols))];
    const other: Expression = {
      kind: 'class',
      ranges: complement(alphabet.map((one) => [one.codePointAt(0) ?? 0, one.codePointAt(0) ?? 0])),
    };
    const prefixes = new Set(patterns.flatMap(({ symbols }) => symbols.map((_, i) => symbols.slice(0, i).join(' '))));
    const step = (
      state: readonly string[],
      symbol: string,
    ): { readonly state: readonly string[]; readonly done?: Expression } => {
      const longer = [...state, symbol];
      for (let from = 0; from < longer.length; from++) {
        const suffix = longer.slice(from);
        const complete = patterns.find(
          ({ symbols }) => symbols.length === suffix.length && symbols.every((one, i) => one === suffix[i]),
        );
        if (complete) return { state: [], done: complete.triggered };
        if (prefixes.has(suffix.join(' '))) return { state: suffix };
      }
      return { state: [] };
    };
    const build = (mayEnd: boolean, then: ((rule: Expression) => Expression) | undefined): Expression => {
      const rules = new Map<string, ReturnType<GrammarBuilder['reserve']>>();
      const ruleOf = (state: readonly string[]): Expression => {
        const key = state.join(' ');
        const known = rules.get(key);
        if (known) return known;
        const rule = this.builder.reserve();
        rules.set(key, rule);
        const moves = alphabet.map((symbol) => {
          const next = step(state, symbol);
          if (!next.done) return sequence(text(symbol), ruleOf(next.state));
          return sequence(text(symbol), next.done, then?.(ruleOf([])) ?? empty);
        });
        this.builder.rules.set(rule.name, choice(...(mayEnd ? [empty] : []), sequence(other, ruleOf([])), ...moves));
        return rule;
      };
      return ruleOf([]);
    };
    if (mode === 'once') return build(false, undefined);
    const free = build(true, (rule) => rule);
    return mode === 'optional' ? free : build(false, () => free);
  }

  #inWords(parameter: string, read: () => Expression): Expression {
    try {
      const expression = read();
      this.parts.push({ parameter, expression });
      return expression;
    } catch (cause) {
      if (cause instanceof SchemaProblem) {
        throw problemOf(parameter, cause.message, {
          path: cause.path,
          ...(cause.keyword === undefined ? {} : { keyword: cause.keyword }),
        });
      }
      if (cause instanceof GrammarProblem || cause instanceof PatternProblem) throw problemOf(parameter, cause.message);
      throw cause;
    }
  }
}

function slowMessage({ max, fits: [min, most] }: SlowRepeat): string {
  return `it repeats what may be nearly any character ${max} times, which takes too long to compile with this model's vocabulary; \`{${min},${most}}\` would do, or no limit`;
}

const wholeFormat = 'sampling.responseFormat';

/** @param field within `sampling.responseFormat`; empty for the whole */
export function problem(field: string, message: string): FerrumError {
  return problemOf(field === '' ? wholeFormat : `${wholeFormat}.${field}`, message);
}

function problemOf(parameter: string, message: string, details: Readonly<Record<string, string>> = {}): FerrumError {
  return new FerrumError('RequestValidation', `Invalid request: \`${parameter}\`: ${message}.`, {
    details: { parameter, ...details },
  });
}
