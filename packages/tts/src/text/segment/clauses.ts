import type { SpokenToken } from '../normalize/spoken-tokens.js';

/** How a clause ends. '' when only a bracket or quotation closes or the tokens end: by itself that asks for no pause. */
export type ClauseMark = '.' | '!' | '?' | ',' | ';' | ':' | '—' | '';

export interface Clause {
  readonly tokens: readonly SpokenToken[];
  /** The mark that ends it, that of another script by its Latin kin. */
  readonly mark: ClauseMark;
}

/**
 * Cuts a sentence's tokens after tokens whose `spoken` ends in a clause mark or closes a bracket or quotation, never inside a
 * token. Every token lands in exactly one clause. Closing marks that stand alone, and tokens that say nothing, belong to the
 * clause before them.
 */
export function clausesOf(tokens: readonly SpokenToken[]): Clause[] {
  const clauses: { readonly tokens: SpokenToken[]; mark: ClauseMark }[] = [];
  let clause: { readonly tokens: SpokenToken[]; mark: ClauseMark } = { tokens: [], mark: '' };
  let hasSpeech = false;
  let hasEnded = false;
  for (const token of tokens) {
    if (hasEnded && !closesOnly.test(token.spoken)) {
      clauses.push(clause);
      clause = { tokens: [], mark: '' };
      hasSpeech = false;
      hasEnded = false;
    }
    clause.tokens.push(token);
    hasSpeech ||= speakable.test(token.spoken);
    const ending = clauseEnding(token.spoken);
    if (!hasSpeech || ending === undefined) continue;
    hasEnded = true;
    if (clause.mark === '') clause.mark = ending;
  }
  const last = clauses.at(-1);
  if (last !== undefined && !hasSpeech) last.tokens.push(...clause.tokens);
  else if (clause.tokens.length > 0) clauses.push(clause);
  return clauses;
}

/** @returns the mark after which a clause may be cut, '' after a closing bracket or quotation, undefined when none is there */
export function clauseEnding(spoken: string): ClauseMark | undefined {
  const tail = closingTail.exec(spoken)?.[0] ?? '';
  const mark = marks.find(({ pattern }) => pattern.test(tail))?.mark;
  if (mark !== undefined) return mark;
  if (loneHyphens.test(spoken)) return '—';
  return closing.test(tail) && !quotedWord.test(spoken) ? '' : undefined;
}

/** The order decides where there are several: "?!" asks. */
const marks: readonly { readonly mark: ClauseMark; readonly pattern: RegExp }[] = [
  { mark: '?', pattern: /[?？؟\u037e⁇⁈⁉]/ },
  { mark: '!', pattern: /[!！‼]/ },
  { mark: '.', pattern: /[\p{Sentence_Terminal}…]/u },
  { mark: ';', pattern: /[;；؛]/ },
  { mark: ':', pattern: /[:：]/ },
  { mark: ',', pattern: /[,，、،､]/ },
  { mark: '—', pattern: /[–—―]|--/ },
];
const closingTail = /(?:[\p{Sentence_Terminal}…,，、،､;；؛:：\u037e–—―\p{Pe}\p{Pf}"'*_]|--)+$/u;
/** ’ and ' alone are more often an apostrophe: "the boys’ room". */
const closing = /[\p{Pe}”»›"]/u;
/** "best" in quotes, and inches, are no place for a pause. */
const quotedWord = /^["“„«].*["”“»]$|\p{N}"$/su;
const loneHyphens = /^-{1,3}$|[^-]-{2,3}$/;
const closesOnly = /^[\p{Sentence_Terminal}…,，、،､;；؛:：\p{Pd}\p{Pe}\p{Pf}"']*$/u;
const speakable = /[\p{L}\p{N}]/u;
