import { malformed, PatternReader, type Sample, unfollowed } from './mock-pattern.js';

/**
 * A text that matches a regular expression: the first alternative everywhere, repeated as little as may be.
 * @throws FerrumError `InvalidParameter` for what is no expression, `Unsupported` for one that the mock cannot follow
 */
export function sampleOfRegex(pattern: string): string {
  let whole: RegExp;
  try {
    new RegExp(pattern, 'u');
    whole = new RegExp(`^(?:${pattern})$`, 'u');
  } catch (cause) {
    throw malformed('pattern', cause instanceof Error ? cause.message : String(cause), cause);
  }
  const text = new PatternReader(pattern, 'pattern').readAll()(noRules, 0);
  if (!whole.test(text)) throw unfollowed('pattern');
  return text;
}

/** The same of a GBNF grammar. */
export function sampleOfGrammar(grammar: string): string {
  const heads = [...grammar.matchAll(/^[ \t]*([a-zA-Z][\w-]*)[ \t]*::=/gm)];
  if (heads.length === 0 || grammar.slice(0, heads[0]?.index).trim() !== '') throw malformed('grammar', 'no rule');
  const rules = new Map<string, Sample>();
  const named = new Set<string>();
  for (const [place, head] of heads.entries()) {
    const body = grammar.slice(head.index + head[0].length, heads[place + 1]?.index);
    const reader = new PatternReader(body, 'grammar');
    rules.set(head[1] ?? '', reader.readAll());
    for (const name of reader.named) named.add(name);
  }
  const missing = ['root', ...named].find((name) => !rules.has(name));
  if (missing !== undefined) throw malformed('grammar', `there is no rule ${missing}`);
  const sampleOf = (name: string, depth: number): string => {
    if (depth > deepest) throw unfollowed('grammar');
    return rules.get(name)?.(sampleOf, depth + 1) ?? '';
  };
  return sampleOf('root', 0);
}

const deepest = 100;
const noRules = () => '';
