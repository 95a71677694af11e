import { describe, expect, it } from 'vitest';
import { formatClause } from './format-clause.js';

/** CLAUSE_… of espeak-ng's translate.h. */
const sentence = 0x80000;
const clause = 0x40000;
const optionalSpace = 0x8000;
const terminators = {
  period: 40 | sentence,
  comma: 20 | 0x1000 | clause,
  question: 40 | 0x2000 | sentence,
  exclamation: 45 | 0x3000 | sentence,
  colon: 30 | clause,
  semicolon: 30 | 0x1000 | clause,
  paragraph: 70 | sentence,
  questionAndParagraph: 75 | 0x2000 | sentence,
  none: 0x4000,
  endOfText: 40 | sentence | 0x10000,
} as const;

describe('a clause ends in its punctuation', () => {
  it.each([
    ['period', '.'],
    ['comma', ','],
    ['question', '?'],
    ['exclamation', '!'],
    ['colon', ':'],
    ['semicolon', ';'],
    ['paragraph', '.'],
    ['questionAndParagraph', '?'],
    ['none', ''],
    ['endOfText', ''],
  ] as const)('%s: %s', (name, mark) => {
    expect(formatClause('h_ˈaɪ', terminators[name], 'gmw/en')).toBe(`hˈaɪ${mark}`);
  });

  it('also where no space has to follow, but for an ellipsis and for ¿', () => {
    const end = (terminator: number): string => formatClause('a', terminator | optionalSpace, 'sit/cmn').slice(1);
    expect(end(terminators.period)).toBe('.');
    expect(end(terminators.comma)).toBe(',');
    expect(end(terminators.colon)).toBe(':');
    expect(end(terminators.semicolon)).toBe('');
    expect(end(terminators.semicolon | 0x200000)).toBe('');
    expect(end(30 | clause | 0x200000)).toBe('');
  });
});

it('has no names of languages, and nothing where there are no phonemes', () => {
  const raw = 'v_ɑː_ɾ (en)_k_ˈuː_l_(de)';
  expect(formatClause(raw, terminators.comma, 'gmw/de')).toBe('vɑːɾ kˈuːl,');
  expect(formatClause('_(en)_(de) ', terminators.period, 'gmw/de')).toBe('');
});

it('writes the glide between i and another vowel, in languages that have it', () => {
  expect(formatClause('ʃ_iː_ ˈæ_s_k_t', terminators.period, 'gmw/en-US')).toBe('ʃiːʲ ˈæskt.');
  expect(formatClause('k_ɹ_iː__ˈeɪ_t__ ˈoʊ_n_l_i_ w_ɪ_ð', terminators.none, 'gmw/en-US')).toBe('kɹiːʲˈeɪt ˈoʊnli wɪð');
  expect(formatClause('k_ɪ_ v_ˈi__a ɪ_ a', terminators.none, 'roa/it')).toBe('kɪ vˈiʲa ɪ a');
  expect(formatClause('b_ˈi__a', terminators.none, 'bat/lv')).toBe('bˈia');
});
