import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SpokenToken } from '../normalize/spoken-tokens.js';
import { clausesOf } from './clauses.js';
import { cutQualityBetween } from './cut-quality.js';

describe('clauses', () => {
  // ‖ stands where a clause ends, with its mark behind it.
  it.each([
    'When he came, ‖,she left; ‖;he wept: ‖:alone. ‖.',
    'Really?! ‖?Yes!! ‖!Well... ‖.no… ‖.',
    'He said “no,” ‖,and "never again" ‖(sadly) ‖to all.) ‖.',
    'the "best" thing, ‖,the boys’ room, ‖,a 5" nail. ‖.',
    'one — ‖—two -- ‖—three – ‖—four- five, - ‖,six. ‖.',
    'It is 3:30, ‖,1,000.5 at-most e.g now ‖',
    '“Stop!” ‖!he said. ‖.',
    '« Stop ! » ‖!dit-il. ‖.',
    '— ¿Quién es? — ‖?preguntó. ‖.',
    '東京、 ‖,大阪； ‖;京都： ‖:何？ ‖?奈良。 ‖.',
    'नमस्ते। ‖.مرحبا، ‖,كيف؟ ‖?',
    'end. " ) ‖.',
    '*** Hello, ‖,* you ‖',
  ])('end at their marks: %s', (marked) => {
    const [text = '', expected] = [marked.replace(/‖[.!?,;:—]?/g, ''), clausesIn(marked)];
    expect(
      clausesOf(tokensOf(text)).map(({ tokens, mark }) => [tokens.map(({ spoken }) => spoken).join(' '), mark]),
    ).toEqual(expected);
  });

  it('keep what says nothing with the clause before', () => {
    const tokens = [token('Great!'), token(''), token('"'), token('So')];
    expect(clausesOf(tokens).map((clause) => clause.tokens.length)).toEqual([3, 1]);
    expect(clausesOf([token(''), token('...')])).toEqual([{ tokens: [token(''), token('...')], mark: '' }]);
    expect(clausesOf([])).toEqual([]);
  });

  it('hold every token once, in order', () => {
    const spoken = fc.constantFrom('a', 'b,', '"c', 'd."', '(', ')', '—', '', '!', '...', '😀', '¿e?', '-');
    fc.assert(
      fc.property(fc.array(spoken, { maxLength: 30 }), (words) => {
        const tokens = words.map(token);
        const clauses = clausesOf(tokens);
        expect(clauses.flatMap((clause) => clause.tokens)).toEqual(tokens);
        if (words.some((word) => /\w/.test(word))) {
          for (const clause of clauses) expect(clause.tokens.some((one) => /\w/.test(one.spoken))).toBe(true);
        }
      }),
    );
  });
});

describe('a place between two tokens', () => {
  it('is good after a mark, fair before a conjunction or preposition', () => {
    const quality = (one: string, next: string, language = 'en') =>
      cutQualityBetween(token(one), token(next), language);
    expect(quality('here,', 'and')).toBe(2);
    expect(quality('here', 'and')).toBe(1);
    expect(quality('here', '"Because')).toBe(1);
    expect(quality('here', 'there')).toBe(0);
    expect(quality('hier', 'und', 'de')).toBe(1);
    expect(quality('hier', 'und', 'sv')).toBe(0);
    expect(cutQualityBetween(token('last'), undefined, 'en')).toBe(0);
    expect(() => quality('a', 'b', '?')).toThrow(/BCP 47/);
  });
});

function token(spoken: string): SpokenToken {
  return { source: spoken, start: 0, spoken };
}

function tokensOf(text: string): SpokenToken[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(token);
}

function clausesIn(marked: string): [string, string][] {
  const parts = marked.split(/‖([.!?,;:—]?)/);
  const clauses: [string, string][] = [];
  for (let index = 0; index + 1 < parts.length; index += 2)
    clauses.push([parts[index]?.trim() ?? '', parts[index + 1] ?? '']);
  return clauses;
}
