import { type Expression, firstSpecial, normalizeRanges } from './grammar.js';

/**
 * The grammar in xgrammar's notation, its first rule named `root`, without branches that have no finite text.
 * @returns undefined when there is no finite text at all
 */
export function writeGrammar(root: Expression, rules: ReadonlyMap<string, Expression>): string | undefined {
  const productive = productiveRules(rules);
  const used = new Map<string, string>();
  const pending: string[] = [];
  const write = (expression: Expression): string | undefined => {
    switch (expression.kind) {
      case 'text':
        return `"${escapeText(expression.text)}"`;
      case 'class': {
        return writeClass(expression.ranges);
      }
      case 'sequence': {
        const parts = expression.parts.map(write);
        if (parts.some((part) => part === undefined)) return undefined;
        const written = parts.filter((part) => part !== '""');
        return written.length === 0 ? '""' : `(${written.join(' ')})`;
      }
      case 'choice': {
        const parts = expression.of.map(write).filter((part) => part !== undefined);
        return parts.length === 0 ? undefined : `(${[...new Set(parts)].join(' | ')})`;
      }
      case 'repeat': {
        const { min, max } = expression;
        if (max !== undefined && max < min) return undefined;
        const of = max === 0 ? undefined : write(expression.of);
        if (of === undefined) return min === 0 ? '""' : undefined;
        if (of === '""') return of;
        if (max === undefined) return min === 0 ? `${of}*` : min === 1 ? `${of}+` : `(${of}{${min}} ${of}*)`;
        return min === 1 && max === 1 ? of : `${of}{${min},${max}}`;
      }
      case 'rule': {
        if (!productive.has(expression.name)) return undefined;
        if (!used.has(expression.name)) {
          used.set(expression.name, '');
          pending.push(expression.name);
        }
        return expression.name;
      }
    }
  };
  const body = write(root);
  if (body === undefined) return undefined;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    used.set(name, write(rules.get(name) as Expression) as string);
  }
  return [`root ::= ${body}`, ...Array.from(used, ([name, rule]) => `${name} ::= ${rule}`), ''].join('\n');
}

/** Rules that some finite text matches: those whose parts are, again and again until no more are found. */
function productiveRules(rules: ReadonlyMap<string, Expression>): ReadonlySet<string> {
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

function isProductive(expression: Expression, productive: ReadonlySet<string>): boolean {
  switch (expression.kind) {
    case 'text':
      return true;
    case 'class':
      return writeClass(expression.ranges) !== undefined;
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
 * xgrammar 0.1.27 reads ranges right where they lie in ASCII, or reach from there to the last character; others it mistakes.
 * So of the characters beyond ASCII a class has all, or a few one by one, or else none: less than it may, never more.
 */
function writeClass(ranges: Extract<Expression, { kind: 'class' }>['ranges']): string | undefined {
  const all = normalizeRanges(ranges);
  const beyond = all.filter(([, to]) => to > 0x7f).map(([from, to]) => [Math.max(from, 0x80), to] as const);
  const count = beyond.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  const reachesOn = all.some(([from, to]) => from <= 0x7f && to >= firstSpecial - 1);
  const inAscii = all
    .filter(([from]) => from <= 0x7f)
    .map(([from, to]) => [from, reachesOn && to > 0x7f ? to : Math.min(to, 0x7f)] as const)
    .map(([from, to]) => (from === to ? escapeCode(from) : `${escapeCode(from)}-${escapeCode(to)}`))
    .join('');
  const few =
    reachesOn || count > mostSingle
      ? []
      : beyond.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => `"${escapeCode(from + i)}"`));
  const parts = [...(inAscii === '' ? [] : [`[${inAscii}]`]), ...few];
  return parts.length > 1 ? `(${parts.join(' | ')})` : parts[0];
}

const mostSingle = 256;

function escapeText(text: string): string {
  return Array.from(text, (character) => escapeCode(character.codePointAt(0) ?? 0)).join('');
}

/** Letters and digits stand for themselves; nothing else means the same in every place. */
function escapeCode(code: number): string {
  const character = String.fromCodePoint(code);
  return /[A-Za-z0-9]/.test(character) ? character : `\\U${code.toString(16).toUpperCase().padStart(8, '0')}`;
}
