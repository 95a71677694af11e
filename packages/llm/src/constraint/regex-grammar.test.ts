import { afterAll, describe, expect, it } from 'vitest';
import { accepts, openPieceEngine } from './testing/random-answers.js';

const engine = openPieceEngine();
afterAll(() => engine.dispose());

describe('texts of a regular expression', () => {
  it.each([
    ['a|b+c?', 'a', 'bbc', '', 'ac', 'abc'],
    ['\\d{2,4}-\\w+', '12-a_Z', '12345-a', '12-', '12-é'],
    ['[^a-c\\s]+', 'xyz', 'é日😀', 'xa', 'x ', 'x\u2003'],
    ['.+', 'é"\u0000', 'a\nb', 'a\u2028b', ''],
    ['\\s\\S', '\u1680a', '\u1684a', ' \u2028', '\u3000日'],
    ['[а-яё]{3,20}', 'привет', 'ёжик', 'пр', 'при1', 'приветA'],
    ['(?:[A-Z][a-z]{1,20} ){1,10}end', 'Abc Def end', 'end', 'abc end', 'A end'],
    ['\\u{1F600}|\\x41|\\.\\/', '😀', 'A', './', '😁', 'x/'],
    ['^\\p{Lu}$', 'A', 'a', 'AB'],
  ])('%s', async (pattern, ...texts) => {
    const reference = new RegExp(`^(?:${pattern})$`, 'u');
    for (const text of texts) {
      expect(await accepts(engine, { type: 'regex', pattern }, text), text).toBe(reference.test(text));
    }
  });

  it.each([
    ['a\\bb', /only at its very beginning or end/],
    ['(?<!a)b', /lookbehind/],
    ['(?<x>a)\\k<x>', /backreference/],
    ['[a', /no regular expression/],
    ['a'.repeat(5000), /more than 4096/],
    ['(a{99}){99}', /repeats too much/],
    ['\\u0002', /no finite answer/],
  ])('is refused: %s', async (pattern, message) => {
    await expect(engine.compile({ type: 'regex', pattern }).ready).rejects.toThrow(message);
  });
});
