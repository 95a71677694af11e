import {
  anyCharacter,
  type CharacterRange,
  choice,
  complement,
  type Expression,
  empty,
  type GrammarBuilder,
  repeat,
  sequence,
} from './grammar.js';

/** Says what is wrong with a grammar, and in which line. */
export class GrammarProblem extends Error {}

/**
 * Reads GBNF, the notation of llama.cpp (`grammars/README.md` there).
 * @param literal what a quoted text stands for
 * @throws GrammarProblem
 */
export function gbnfGrammar(
  source: string,
  builder: GrammarBuilder,
  literal: (text: string) => Expression,
): Expression {
  if (source.length > longestGrammar) throw new GrammarProblem(`has more than ${longestGrammar} characters`);
  return new Reader(source, builder, literal).read();
}

const longestGrammar = 256 * 1024;
const deepest = 64;
const mostRepeats = 2000;

class Reader {
  #at = 0;
  readonly #rules = new Map<string, ReturnType<GrammarBuilder['reserve']>>();

  constructor(
    private readonly source: string,
    private readonly builder: GrammarBuilder,
    private readonly literal: (text: string) => Expression,
  ) {}

  read(): Expression {
    for (this.#skip(true); this.#at < this.source.length; this.#skip(true)) {
      const name = this.#match(ruleName);
      if (name === undefined) throw this.#problem('a rule must begin with its name');
      this.#skip(false);
      if (this.#match(/::=/y) === undefined) throw this.#problem(`\`::=\` must follow the name "${name}"`);
      const rule = this.#rule(name);
      if (this.builder.rules.has(rule.name)) throw this.#problem(`the rule "${name}" is defined twice`);
      this.builder.rules.set(rule.name, this.#alternatives(0));
      this.#skip(false);
      if (this.#at < this.source.length && this.#match(/\r?\n/y) === undefined) {
        throw this.#problem(`\`${this.source[this.#at]}\` is not expected here`);
      }
    }
    const root = this.#rules.get('root');
    if (!root || !this.builder.rules.has(root.name)) throw new GrammarProblem('has no rule "root"');
    for (const [name, { name: own }] of this.#rules) {
      if (!this.builder.rules.has(own)) throw new GrammarProblem(`uses the rule "${name}", which it does not define`);
    }
    return root;
  }

  #alternatives(depth: number): Expression {
    if (depth > deepest) throw this.#problem(`parentheses are nested more than ${deepest} deep`);
    const of = [this.#sequence(depth)];
    for (;;) {
      this.#skip(depth > 0);
      // The next alternative may stand in the next line.
      const next = this.#match(/\s*\|/y);
      if (next === undefined) return choice(...of);
      of.push(this.#sequence(depth));
    }
  }

  #sequence(depth: number): Expression {
    const parts: Expression[] = [];
    for (;;) {
      this.#skip(depth > 0 || parts.length === 0);
      const item = this.#item(depth);
      if (!item) return sequence(empty, ...parts);
      parts.push(this.#repeated(item));
    }
  }

  #item(depth: number): Expression | undefined {
    const character = this.source[this.#at];
    if (character === '"') return this.#text();
    if (character === '[') return this.#class();
    if (character === '.') {
      this.#at += 1;
      return anyCharacter;
    }
    if (character === '(') {
      this.#at += 1;
      const inner = this.#alternatives(depth + 1);
      this.#skip(true);
      if (this.#match(/\)/y) === undefined) throw this.#problem('a closing parenthesis is missing');
      return inner;
    }
    const from = this.#at;
    const name = this.#match(ruleName);
    if (name === undefined) return undefined;
    this.#skip(false);
    // The next rule already.
    if (this.source.startsWith('::=', this.#at)) {
      this.#at = from;
      return undefined;
    }
    return this.#rule(name);
  }

  #repeated(item: Expression): Expression {
    const sign = this.#match(/[*+?]/y);
    if (sign) return repeat(item, sign === '+' ? 1 : 0, sign === '?' ? 1 : undefined);
    const counts = this.#match(/\{\s*\d+\s*(,\s*\d*\s*)?\}/y);
    if (counts === undefined) return item;
    const [from = '', to] = counts.slice(1, -1).split(',');
    const min = Number(from);
    const max = to === undefined ? min : to.trim() === '' ? undefined : Number(to);
    if (max !== undefined && max < min) throw this.#problem(`\`${counts}\` has its counts the wrong way round`);
    if (Math.max(min, max ?? 0) > mostRepeats)
      throw this.#problem(`\`${counts}\` repeats more than ${mostRepeats} times`);
    return repeat(item, min, max);
  }

  #text(): Expression {
    this.#at += 1;
    let text = '';
    while (this.source[this.#at] !== '"') text += String.fromCodePoint(this.#character('a text'));
    this.#at += 1;
    return this.literal(text);
  }

  #class(): Expression {
    this.#at += 1;
    const isNegated = this.#match(/\^/y) !== undefined;
    const ranges: CharacterRange[] = [];
    while (this.source[this.#at] !== ']') {
      const from = this.#character('a character class');
      const isRange = this.source[this.#at] === '-' && this.source[this.#at + 1] !== ']';
      if (isRange) this.#at += 1;
      const to = isRange ? this.#character('a character class') : from;
      if (to < from) throw this.#problem('a range of characters goes backwards');
      ranges.push([from, to]);
    }
    this.#at += 1;
    return { kind: 'class', ranges: isNegated ? complement(ranges) : ranges };
  }

  #character(where: string): number {
    const escaped = this.#match(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[^xuU])/y);
    if (escaped !== undefined) {
      const [, kind = ''] = escaped;
      if ('xuU'.includes(kind)) {
        const code = Number.parseInt(escaped.slice(2), 16);
        if (code > 0x10ffff) throw this.#problem(`\`${escaped}\` is no character`);
        return code;
      }
      return (escapes[kind] ?? kind).codePointAt(0) ?? 0;
    }
    const code = this.source.codePointAt(this.#at);
    if (code === undefined || code === 0x0a || code === 0x5c)
      throw this.#problem(`${where} is not closed, or escapes what it cannot`);
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }

  #rule(name: string): ReturnType<GrammarBuilder['reserve']> {
    let rule = this.#rules.get(name);
    if (!rule) {
      rule = this.builder.reserve();
      this.#rules.set(name, rule);
    }
    return rule;
  }

  /** Past white space and comments; line breaks too where a rule may go on. */
  #skip(overLines: boolean): void {
    this.#match(overLines ? /(\s|#[^\n]*)+/y : /([^\S\n]|#[^\n]*)+/y);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.source)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #problem(what: string): GrammarProblem {
    const before = this.source.slice(0, this.#at).split('\n');
    return new GrammarProblem(`line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: ${what}`);
  }
}

const ruleName = /[A-Za-z_][A-Za-z0-9_-]*/y;
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
