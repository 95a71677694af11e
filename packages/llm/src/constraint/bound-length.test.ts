import { describe, expect, it } from 'vitest';
import { boundLength, lengthsOf } from './bound-length.js';
import type { Expression } from './grammar.js';
import { regexLanguage } from './regex-grammar.js';

const regexGrammar = (pattern: string, isAnchored: boolean) => regexLanguage(pattern, isAnchored) as Expression;

describe('the length of what a pattern matches', () => {
  it.each([
    ['^abc$', 3, 3],
    ['^a{2,5}b?$', 2, 6],
    ['^(a|bcd)*$', 0, Number.POSITIVE_INFINITY],
    ['^[a-z]{3}-\\d+$', 5, Number.POSITIVE_INFINITY],
    ['^(?:a|bc){2}$', 2, 4],
  ])('%s', (pattern, min, max) => {
    expect(lengthsOf(regexGrammar(pattern, false))).toEqual({ min, max });
  });

  it.each([
    ['^[a-z]+$', 2, 5, { min: 2, max: 5 }],
    ['^a[a-z]*b$', 0, 5, { min: 2, max: 5 }],
    ['^[a-z]{3,80}$', 5, 90, { min: 5, max: 80 }],
    ['^(?:ab|cde)$', 0, 5, { min: 2, max: 3 }],
  ])('%s is bound to %d to %d', (pattern, min, max, lengths) => {
    const bound = boundLength(regexGrammar(pattern, false), min, max);
    expect(bound && lengthsOf(bound)).toEqual(lengths);
  });

  it('is left alone where several parts vary', () => {
    expect(boundLength(regexGrammar('^a*b*$', false), 0, 5)).toBeUndefined();
    expect(boundLength(regexGrammar('^(ab)*$', false), 0, 5)).toBeUndefined();
  });
});
