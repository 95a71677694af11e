import { type Rule, type RuleContext, rule, say, startingWith } from '../rule.js';

const LINKED = String.raw`(?:(?:(?:https?|ftp|file)://|mailto:|www\.)[^\s<>]{1,500}|[\w.+%-]{1,64}@[\w.-]{1,100})`;

/** Markdown and HTML left in a text: marks of emphasis, headings, lists, links, tables and code are not spoken. */
export const MARKUP_RULES: readonly Rule[] = startingWith('`~#>-*+–—•‣◦▪●○■□▸►⁃∙·![]<\\|_:', [
  // Code fences with the name of their language, and code marks.
  say(String.raw`(?:${'`'}{3,}|~{3,})[\w+#.-]{0,20}`, ' '),
  say('`+|~~', ''),
  // At the beginning: headings, quotations, bullets, boxes to tick.
  atBeginning(`#{1,6} `),
  atBeginning(`(?:> ?)+`),
  atBeginning(String.raw`[-*+–—•‣◦▪●○■□▸►⁃∙·] (?:\[[ xX]\] )?`),
  // Links and images: the text is read, the address is not. Before a "[" nothing is spoken either way.
  say(String.raw`!(?=\[[^\[\]]{0,300}\]\()`, ''),
  say(String.raw`\[(?=[^\[\]]{0,300}\]\()`, ''),
  say(String.raw`\]\([^()\[\]\s]*(?:\([^()\[\]\s]*\)[^()\[\]\s]*)?(?: "[^"\[\]]{0,200}")?\)`, ''),
  say(
    `</?(?:a|b|i|u|s|em|strong|br|p|pre|code|span|div|sub|sup|kbd|mark|small|del|ins|h[1-6]|ul|ol|li|hr|img|table|tr|td|th)(?: [^<>]{0,300})?/?>`,
    '',
  ),
  // The brackets around an address: <https://example.com>.
  say(`<(?=${LINKED}>)`, ''),
  say(`(?<=<${LINKED})>`, ''),
  // A backslash before a mark only protects it.
  say(String.raw`\\(?=[\\*_#\[\](){}<>+.!|~$%&-])`, ''),
  // The line under a table's head and the borders of its cells.
  rule(String.raw`(?:\|? ?:?-{3,}:? ?(?=\|))+\|`, () => ' '),
  rule(String.raw`\|+`, (match, context) => (isAtEdge(context, match[0].length) ? ' ' : ', ')),
  // Emphasis: stars that touch a word, low lines outside words.
  rule(String.raw`\*+`, (match, context) => (isEmphasis(context, match[0].length) ? '' : undefined)),
  say('_+', ''),
  say('[•‣◦▪●○■□▸►⁃∙]', ' '),
]);

function atBeginning(source: string): Rule {
  return rule(source, (_match, { text, start }) =>
    text.slice(Math.max(0, start - 8), start).trim() === '' && start < 8 ? { spoken: ' ', endsToken: true } : undefined,
  );
}

/** Neither alone nor between digits, where a star multiplies. */
function isEmphasis({ text, start }: RuleContext, length: number): boolean {
  const before = text.charAt(start - 1);
  const after = text.charAt(start + length);
  if (length > 1) return true;
  if (/[\d)]/.test(before) && /[\d(]/.test(after)) return false;
  return /[^ ]/.test(before) || /[^ ]/.test(after);
}

function isAtEdge({ text, start }: RuleContext, length: number): boolean {
  return text.slice(Math.max(0, start - 4), start).trim() === '' && start < 4
    ? true
    : text.slice(start + length, start + length + 4).trim() === '' && text.length < start + length + 4;
}
