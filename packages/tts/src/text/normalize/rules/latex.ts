import { type Rule, rule, say, startingWith } from '../rule.js';

/** What stands after an opening "$" of a formula, up to the closing one; amounts have none of these signs. */
const FORMULA = String.raw`(?:[\\({a-zA-Z|-]|\d(?=[^$]{0,200}[\\^_=+<>]))[^$]{0,200}(?<![\s\\])\$(?![\d\p{L}])`;
const OPENS = new RegExp(String.raw`\$\$(?=[^$]{1,400}\$\$)|\$(?=${FORMULA})`, 'uy');
const CLOSES = new RegExp(String.raw`(?<=\$\$[^$]{1,400})\$\$|(?<=\$(?=${FORMULA})[^$]{1,202})\$(?![\d\p{L}])`, 'uy');

/** Formulas of LaTeX: delimiters are silent, commands are words: \( \frac{-b}{2a} \), $\alpha \leq 5$. */
export const LATEX_RULES: readonly Rule[] = [
  ...startingWith('$', [
    { pattern: CLOSES, read: () => ' ' },
    { pattern: OPENS, read: () => ' ' },
  ]),
  ...startingWith('\\', [
    say(String.raw`\\[()\[\]]`, ' '),
    say(String.raw`\\[,;!:](?=[ \p{L}\p{N}\\])`, ' '),
    rule(String.raw`\\([a-zA-Z]{2,20})`, (match, { text, start }) => {
      const [matched, name = ''] = match;
      return COMMANDS.get(name) ?? (text.charAt(start + matched.length) === '{' ? ` ${name} ` : undefined);
    }),
  ]),
  ...startingWith('{}', [
    say(String.raw`(?<=\\[dt]?frac\{[^{}]{0,80})\} ?\{[-−]`, ' over minus '),
    say(String.raw`(?<=\\[dt]?frac\{[^{}]{0,80})\} ?\{`, ' over '),
    say(String.raw`(?<=\\[a-zA-Z]{2,20})\{[-−](?=[\p{L}\d\\])`, ' minus '),
    say(String.raw`(?<=\\[a-zA-Z]{2,20}|[\^_])\{`, ' '),
    say(String.raw`(?<=(?:\\[a-zA-Z]{2,20}|[\^_\}])\{[^{}]{0,80})\}`, ' '),
  ]),
];

/** Whether the "$" at `index` ends a formula, so that the number before it is no amount: "$2a = 4$". */
export function closesFormula(text: string, index: number): boolean {
  CLOSES.lastIndex = index;
  return CLOSES.test(text);
}

const NAMED =
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega Gamma Delta Theta Lambda Pi Sigma Phi Psi Omega sin cos tan log exp lim max min nabla';
const SILENT =
  'frac dfrac tfrac left right quad qquad text textbf textit mathrm mathbf mathit mathbb mathcal operatorname displaystyle limits big Big';
const COMMANDS: ReadonlyMap<string, string> = new Map([
  ...NAMED.split(' ').map((name): [string, string] => [name, ` ${name} `]),
  ...SILENT.split(' ').map((name): [string, string] => [name, ' ']),
  ...'ln = natural log; cdot = times; times = times; div = divided by; pm = plus or minus; sqrt = square root of; le = is less than or equal to; leq = is less than or equal to; ge = is greater than or equal to; geq = is greater than or equal to; ne = is not equal to; neq = is not equal to; approx = is approximately; sum = sum of; prod = product of; int = integral of; partial = partial; infty = infinity; to = to; rightarrow = to; in = in; forall = for all; exists = there exists; ldots = and so on; cdots = and so on; dots = and so on'
    .split('; ')
    .map((entry): [string, string] => {
      const [name = '', words = ''] = entry.split(' = ');
      return [name, ` ${words} `];
    }),
]);
