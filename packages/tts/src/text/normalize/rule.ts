/** Where in a text a rule is tried, and what it may look at around that place. */
export interface RuleContext {
  /** The cleaned text: white space is single spaces, quotes are straight. */
  readonly text: string;
  /** Where the match begins. */
  readonly start: number;
  /** Numbers with "and", the day before the month. */
  readonly british: boolean;
  readonly emoji: 'drop' | 'name';
}

/** What a rule made of its match. */
export interface Reading {
  /** The words to say; spaces at its ends part them from what touches the match. */
  readonly spoken: string;
  /** How many characters of the text it stands for; the whole match when absent. */
  readonly length?: number;
  /** The token ends here even if no white space follows. */
  readonly endsToken?: boolean;
}

/** A form of writing and how it is said. */
export interface Rule {
  /** Sticky (`y`) and bounded, or such that whatever it runs over it also takes: a scan stays linear. */
  readonly pattern: RegExp;
  /** The characters it can begin with; any when absent. */
  readonly starts?: string;
  /** @returns the reading, or undefined when it is not this form after all */
  readonly read: (match: RegExpExecArray, context: RuleContext) => Reading | string | undefined;
}

/** @param source a regular expression, compiled sticky and for Unicode */
export function rule(source: string, read: Rule['read']): Rule {
  return { pattern: new RegExp(source, 'uy'), read };
}

/** A rule whose match is always said the same way. */
export function say(source: string, spoken: string): Rule {
  return rule(source, () => spoken);
}

/** Says of rules which characters they begin with, so that they are not tried elsewhere. */
export function startingWith(starts: string, rules: readonly Rule[]): Rule[] {
  return rules.map((one) => ({ ...one, starts }));
}

/** The word before `start`, one space away; '' when there is none or a mark lies between. */
export function wordBefore({ text, start }: RuleContext): string {
  return /([\p{L}\p{N}.'-]{1,24}) $/u.exec(text.slice(Math.max(0, start - 25), start))?.[1] ?? '';
}

/** Up to 40 characters from `end` on. */
export function textAfter({ text }: RuleContext, end: number): string {
  return text.slice(end, end + 40);
}

/** Whether nothing but closing quotes and brackets follows: a full stop here ends the sentence. */
export function endsText({ text }: RuleContext, end: number): boolean {
  return /^[\s"')\]*_]{0,20}$/u.test(text.slice(end, end + 21));
}

/** The full stop of an abbreviation, kept where it ends the sentence too. */
export function closingStop(match: RegExpExecArray, context: RuleContext): string {
  return match[0].endsWith('.') && endsText(context, context.start + match[0].length) ? '.' : '';
}

/** Whether what ends at `end` describes the noun after it, as in "a $20 bill", "a 5 kg bag". */
export function describesNoun(context: RuleContext, end: number): boolean {
  if (!/^(?:an?|another|every|each)$/iu.test(wordBefore(context))) return false;
  const next = /^[ -](\p{Ll}{2,})/u.exec(textAfter(context, end))?.[1];
  return next !== undefined && !NOT_A_NOUN.has(next);
}

const NOT_A_NOUN = new Set(
  'or and to in for per of from more less at by on with is was than but if when off that which'.split(' '),
);

/** Whether the word before says that a code follows, which is read digit by digit: "PIN 1234". */
export function announcesCode(context: RuleContext): boolean {
  return CODE_BEFORE.test(wordBefore(context));
}

const CODE_BEFORE =
  /^(?:pin|code|id|zip|zipcode|postcode|account|acct|phone|fax|tel|dial|call|passcode|password|serial|sku|isbn|extension|ext|otp)\.?$/i;
