import { endsText, type Reading, type Rule, type RuleContext, rule, startingWith } from '../rule.js';

/** Marks that a phonemizer does not understand or that are written more than once: each becomes one plain mark. */
export const PUNCTUATION_RULES: readonly Rule[] = startingWith('.…!?‼⁉⁇⁈‽,;:—―⸺⸻-–−‒‐‑', [
  // An ellipsis is a pause, and a full stop at the end.
  rule(String.raw`[.…]*(?:\.\.|…)[.…]*`, (match, context) => {
    const end = context.start + match[0].length;
    if (endsText(context, end)) return '.';
    if (/[.,;:!?]/.test(context.text.charAt(end)) || /[,;:!?]/.test(context.text.charAt(context.start - 1))) return '';
    return /[\p{L}\p{N}]/u.test(context.text.charAt(context.start - 1)) ||
      context.text.charAt(context.start - 1) === ' '
      ? { spoken: ',', endsToken: true }
      : ',';
  }),
  rule('[!?‼⁉⁇⁈‽]*(?:[!?]{2}|[‼⁉⁇⁈‽])[!?‼⁉⁇⁈‽]*', (match) => (/^[!‼]+$/.test(match[0]) ? '!' : '?')),
  rule(',{2,}', () => ','),
  rule(';{2,}', () => ';'),
  rule(':{2,}', (match, context) => (touchesWords(context, match[0].length) ? ' ' : ':')),
  // Dashes between words are a pause; one that joins two words without white space (London–Paris) is a hyphen.
  rule('[—―⸺⸻]+|-{2,}|[–—―-]{2,}', (match, context) => pause(context, match[0].length)),
  rule('[-–−‒]', (match, context) =>
    standsAlone(context, match[0].length) ? pause(context, match[0].length) : undefined,
  ),
  rule('[–‒‐‑]', () => '-'),
]);

function pause(context: RuleContext, length: number): Reading {
  const before = context.text.slice(Math.max(0, context.start - 3), context.start).trim();
  // "What the—?" keeps the mark that follows.
  if (/^["')\]]?[.,;:!?]/.test(context.text.slice(context.start + length, context.start + length + 2)))
    return { spoken: '' };
  const silent = before === '' || /[.,;:!?—–]$/.test(before);
  return { spoken: silent ? ' ' : `${endsText(context, context.start + length) ? '.' : ','} `, endsToken: true };
}

function standsAlone({ text, start }: RuleContext, length: number): boolean {
  return /^ ?$/.test(text.charAt(start - 1)) && /^ ?$/.test(text.charAt(start + length));
}

function touchesWords({ text, start }: RuleContext, length: number): boolean {
  return /\p{L}/u.test(text.charAt(start - 1)) && /\p{L}/u.test(text.charAt(start + length));
}
