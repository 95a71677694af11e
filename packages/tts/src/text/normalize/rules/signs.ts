import { cardinal } from '../number-words.js';
import { type Rule, type RuleContext, rule, say, startingWith } from '../rule.js';

/** Signs of typography and of the net, and signs that stand alone, by name. */
export const SIGN_RULES: readonly Rule[] = [
  ...startingWith('#', [
    say(String.raw`#(?=\d)`, 'number '),
    rule('#', (_match, { text, start }) =>
      /(?:^|[^\p{L}\p{N}])[A-Gx]$/u.test(text.slice(Math.max(0, start - 2), start)) ? ' sharp' : undefined,
    ),
    alone('#', 'hash'),
  ]),
  ...startingWith('№§¶', [
    say(String.raw`№\.? ?(?=\d)`, 'number '),
    say('§§ ?', 'sections '),
    say('§ ?', 'section '),
    say('¶ ?', 'paragraph '),
  ]),
  // Options of commands: --help, -v
  ...startingWith('-', [
    rule('--?(?=[a-zA-Z])', (match, context) =>
      isOption(context, match[0].length) ? (match[0].length === 2 ? 'dash dash ' : 'dash ') : undefined,
    ),
  ]),
  ...startingWith('→⇒➔➜⟶←⇐⟵↔⇔↑↓', [
    say('[→⇒➔➜⟶]', ' to '),
    say('[←⇐⟵]', ' from '),
    say('[↔⇔]', ' and '),
    say('↑', ' up '),
    say('↓', ' down '),
  ]),
  // "AT&T" and "Q&A" are known to phonemizers.
  ...startingWith('&', [
    rule('&+', (_match, { text, start }) =>
      /[A-Z]/.test(text.charAt(start - 1)) && /[A-Z]/.test(text.charAt(start + 1)) ? undefined : ' and ',
    ),
  ]),
  ...startingWith('®™(©', [
    say(String.raw`(?:®|™|\((?:TM|R)\))\ufe0f?(?= |$|[.,;:!?'")\-])`, ' '),
    say('©\ufe0f?', ' copyright '),
  ]),
  ...startingWith('%‰°º¢', [
    say('%', ' percent'),
    say('‰', ' per mille'),
    say('[°º](?=$|[ .,;:!?)])', ' degrees'),
    rule(
      String.raw`¢ ?(\d{1,3})(?![\d.,]\d)`,
      (match, { british }) => `${cardinal(match[1] ?? '', british)} ${match[1] === '1' ? 'cent' : 'cents'}`,
    ),
    say('¢', ' cents '),
  ]),
  ...startingWith('✓✔✗✘★☆', [say('[✓✔✗✘★☆]', ' ')]),
  ...startingWith('/', [
    // A slash between words joins alternatives: "and/or".
    rule('/', (_match, { text, start }) =>
      /[\p{L}\d)]/u.test(text.charAt(start - 1)) && /[\p{L}(]/u.test(text.charAt(start + 1)) ? ' ' : undefined,
    ),
    rule('/', (_match, { text, start }) =>
      /[\p{L}\d]/u.test(text.charAt(start - 1)) && /\d/.test(text.charAt(start + 1)) ? ' slash ' : undefined,
    ),
  ]),
  // Numbers that no other rule took together: in a list, after a word, in a ratio.
  ...startingWith(',.:', [
    rule(String.raw`,(?=\d)`, (_match, context) => (followsDigit(context) ? ', ' : undefined)),
    rule(String.raw`\.(?=\d)`, (_match, { text, start }) =>
      /[\p{L}\d]/u.test(text.charAt(start - 1)) ? ' point ' : 'point ',
    ),
    rule(String.raw`:(?=\d)`, (_match, context) => (followsDigit(context) ? ' to ' : undefined)),
  ]),
  ...startingWith('@*/\\~^_®™$€£', [
    alone('@', 'at'),
    alone(String.raw`\*`, 'asterisk'),
    alone('/', 'slash'),
    alone(String.raw`\\`, 'backslash'),
    alone('~', 'tilde'),
    alone(String.raw`\^`, 'caret'),
    alone('_', 'underscore'),
    alone('®', 'registered'),
    alone('™', 'trademark'),
    alone(String.raw`\$`, 'dollars'),
    alone('€', 'euros'),
    alone('£', 'pounds'),
  ]),
];

function alone(source: string, spoken: string): Rule {
  return rule(`${source}(?= |$)`, (_match, { text, start }) =>
    /^ ?$/.test(text.charAt(start - 1)) ? spoken : undefined,
  );
}

function followsDigit({ text, start }: RuleContext): boolean {
  return /\d/.test(text.charAt(start - 1));
}

/** Two hyphens before a word, or one before a single letter, where a word could begin. */
function isOption({ text, start }: RuleContext, length: number): boolean {
  if (!/^[ `(['"]?$/.test(text.charAt(start - 1))) return false;
  return length === 2 || !/^[\p{L}\p{N}'-]/u.test(text.charAt(start + 2));
}
