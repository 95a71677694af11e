import { type CharacterRange, type Expression, firstSpecial, normalizeRanges, symbolText } from './grammar.js';
import { utf8Sequences } from './utf8-ranges.js';
import { byteClass, escapeCode, type Part, writeAlternatives, writeParts } from './write-alternatives.js';

/**
 * The grammar in xgrammar's notation, its first rule named `root`, without branches that have no finite text.
 * @returns undefined when there is no finite text at all
 */
export function writeGrammar(root: Expression, rules: ReadonlyMap<string, Expression>): string | undefined {
  const productive = productiveRules(rules);
  const used = new Map<string, string>();
  const pending: string[] = [];
  /** What is counted out is one rule wherever it stands: each of its states is work for the compiler. */
  const shared = new Map<string, string>();
  const bodies = new Map<string, string>();
  const ruleOf = (written: string): string => {
    const name = shared.get(written) ?? `s${shared.size}`;
    shared.set(written, name);
    return name;
  };
  /** A rule that xgrammar does not copy to where it stands: it looks whether a rule uses another. */
  const guarded = (written: string): string => ruleOf(ruleOf(written));
  const rule = (name: string): string | undefined => {
    if (!productive.has(name)) return undefined;
    if (!used.has(name)) {
      used.set(name, '');
      pending.push(name);
    }
    return name;
  };
  /** @returns undefined where no text matches */
  const partsOf = (expression: Expression): readonly Part[] | undefined => {
    switch (expression.kind) {
      case 'text':
        return isWritable(expression.text) ? bytesOf(expression.text) : undefined;
      case 'class': {
        const alternatives = classAlternatives(expression.ranges);
        if (alternatives.length < 2) return alternatives[0];
        return [{ written: guarded(writeAlternatives(alternatives)) }];
      }
      case 'sequence': {
        const parts: Part[] = [];
        for (const one of expression.parts) {
          const more = partsOf(one);
          if (!more) return undefined;
          for (const part of more) parts.push(part);
        }
        return parts;
      }
      case 'choice': {
        const alternatives = alternativesOf(expression);
        if (alternatives.length < 2) return alternatives[0];
        const written = writeAlternatives(alternatives.map(guardFirst));
        return written === '""' ? [] : [{ written: written.startsWith('(') ? written : `(${written})` }];
      }
      case 'repeat': {
        const { min, max } = expression;
        if (max !== undefined && max < min) return undefined;
        const characters = expression.of.kind === 'class' ? classAlternatives(expression.of.ranges) : [];
        if (characters.length > 1 && max !== 0) return [{ written: repeated(characters, min, max) }];
        const parts = max === 0 ? undefined : partsOf(expression.of);
        if (!parts) return min === 0 ? [] : undefined;
        if (parts.length === 0 || (min === 1 && max === 1)) return parts;
        const whole = writeParts(parts);
        const isSimple = /^(\[[^\]]*\]|\w+)$/.test(whole);
        const of = isSimple ? whole : `(${whole})`;
        if (max === undefined && min < 2) return [{ written: `${of}${min === 0 ? '*' : '+'}` }];
        const each = isSimple ? whole : guarded(whole);
        if (max === undefined) return [{ written: ruleOf(`${each}{${min}} ${each}*`) }];
        return [{ written: max === 1 ? `${of}{0,1}` : ruleOf(`${each}{${min},${max}}`) }];
      }
      case 'rule': {
        const name = rule(expression.name);
        return name === undefined ? undefined : [{ written: name }];
      }
    }
  };
  /** Repeated characters of several bytes, in rules that xgrammar sees to go on with themselves. */
  const repeated = (characters: readonly (readonly Part[])[], min: number, max: number | undefined): string => {
    const one = writeAlternatives(characters);
    if (max !== undefined) return ruleOf(`${one}{${min},${max}}`);
    const star = ruleOf(`star of ${one}`);
    bodies.set(star, writeAlternatives([[], ...characters.map((parts) => [...parts, { written: star }])]));
    return min === 0 ? star : ruleOf(`${one}{${min},${min}} ${star}`);
  };
  const alternativesOf = (expression: Expression): readonly (readonly Part[])[] => {
    if (expression.kind === 'choice') return expression.of.flatMap(alternativesOf);
    const [first, ...others] = expression.kind === 'sequence' ? expression.parts : [expression];
    if (first?.kind === 'class') {
      const rest = partsOf({ kind: 'sequence', parts: others });
      return rest ? classAlternatives(first.ranges).map((parts) => [...parts, ...rest]) : [];
    }
    const parts = partsOf(expression);
    return parts ? [parts] : [];
  };
  const guardFirst = (parts: readonly Part[]): readonly Part[] => {
    const [first, ...others] = parts;
    if (!first || first.byte !== undefined || /^\[[^\]]*\]$/.test(first.written)) return parts;
    const own = rules.get(first.written);
    if (own && rulesIn(own).length > 0) return parts;
    return [{ written: guarded(first.written) }, ...others];
  };
  const write = (expression: Expression): string | undefined => {
    const parts = partsOf(expression);
    return parts && writeParts(parts);
  };
  const body = write(root);
  if (body === undefined) return undefined;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    used.set(name, write(rules.get(name) as Expression) as string);
  }
  const written = [...used, ...Array.from(shared, ([rule, name]) => [name, bodies.get(name) ?? rule])];
  return [`root ::= ${body}`, ...written.map(([name, rule]) => `${name} ::= ${rule}`), ''].join('\n');
}

/** Rules that some finite text matches: those whose parts are, again and again until no more are found. */
export function productiveRules(rules: ReadonlyMap<string, Expression>): ReadonlySet<string> {
  const productive = new Set<string>();
  const users = new Map<string, string[]>();
  for (const [name, expression] of rules) {
    for (const used of rulesIn(expression)) {
      const known = users.get(used);
      if (known) known.push(name);
      else users.set(used, [name]);
    }
  }
  const pending = [...rules.keys()];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const rule = rules.get(name);
    if (!rule || productive.has(name) || !isProductive(rule, productive)) continue;
    productive.add(name);
    pending.push(...(users.get(name) ?? []));
  }
  return productive;
}

function rulesIn(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'rule':
      return [expression.name];
    case 'sequence':
      return expression.parts.flatMap(rulesIn);
    case 'choice':
      return expression.of.flatMap(rulesIn);
    case 'repeat':
      return rulesIn(expression.of);
    default:
      return [];
  }
}

/** Whether some finite text matches. */
export function isProductive(expression: Expression, productive: ReadonlySet<string>): boolean {
  switch (expression.kind) {
    case 'text':
      return isWritable(expression.text);
    case 'class':
      return classAlternatives(expression.ranges).length > 0;
    case 'sequence':
      return expression.parts.every((part) => isProductive(part, productive));
    case 'choice':
      return expression.of.some((part) => isProductive(part, productive));
    case 'repeat': {
      const { min, max, of } = expression;
      return (max === undefined || max >= min) && (min === 0 || isProductive(of, productive));
    }
    case 'rule':
      return productive.has(expression.name);
  }
}

/**
 * xgrammar 0.1.27 takes the ends of a range for bytes, so that beyond ASCII a class is written byte by byte, or by what it
 * excludes. Where that would take very many sequences those beyond ASCII are left out: less than it may, never more.
 */
export function classAlternatives(ranges: readonly CharacterRange[]): readonly (readonly Part[])[] {
  const all = normalizeRanges(ranges);
  const inAscii = all.filter(([from]) => from <= 0x7f).map(([from, to]) => [from, Math.min(to, 0x7f)] as const);
  const beyond = all.filter(([, to]) => to > 0x7f).map(([from, to]) => [Math.max(from, 0x80), to] as const);
  const count = beyond.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  if (count === firstSpecial - 0x80) {
    let next = 0;
    const holes: (readonly [number, number])[] = [];
    for (const [from, to] of [...inAscii, [0x80, 0x80] as const]) {
      if (from > next) holes.push([next, from - 1]);
      next = to + 1;
    }
    return [[{ written: `[^${holes.map(writeRange).join('')}]` }]];
  }
  const sequences = beyond.length > mostSequences ? [] : beyond.flatMap(utf8Sequences);
  const alternatives: (readonly Part[])[] = [];
  if (inAscii.length > 0) alternatives.push([{ written: `[${inAscii.map(writeRange).join('')}]` }]);
  if (sequences.length <= mostSequences) {
    for (const bytes of sequences)
      alternatives.push(
        bytes.map(([from, to]) => ({ written: from === to ? byteClass(from) : `[${writeRange([from, to])}]` })),
      );
  }
  return alternatives;
}

const mostSequences = 400;

function writeRange([from, to]: readonly [number, number]): string {
  return from === to ? escapeCode(from) : `${escapeCode(from)}-${escapeCode(to)}`;
}

/** What begins symbols stands in no text. */
function isWritable(text: string): boolean {
  return !text.includes('\u0002');
}

function bytesOf(text: string): readonly Part[] {
  const parts: Part[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const written = code >= firstSpecial ? symbolText(code) : character;
    for (const byte of new TextEncoder().encode(written)) parts.push({ written: `byte ${byte}`, byte });
  }
  return parts;
}
