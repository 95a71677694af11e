import type { Expression } from './grammar.js';

/** Texts by what they have in common or lack, which an expression alone cannot say. */
export type Language =
  | Expression
  | { readonly kind: 'and'; readonly of: readonly Language[] }
  | { readonly kind: 'or'; readonly of: readonly Language[] }
  | { readonly kind: 'not'; readonly of: Language };

/** Whether the expression says it all. */
export function isExpression(language: Language): language is Expression {
  return language.kind !== 'and' && language.kind !== 'or' && language.kind !== 'not';
}

export function and(...of: readonly Language[]): Language {
  return of.length === 1 && of[0] ? of[0] : { kind: 'and', of };
}
