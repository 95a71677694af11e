import { expect, it } from 'vitest';
import { cleanText } from './clean-text.js';

it('replaces what espeak-ng takes for commands and for its own marks', () => {
  expect(cleanText('a\u0001+10Vb\u0000c\u001b\u007f\u0085d')).toBe('a +10Vb c   d');
  expect(cleanText('a\ud800b\udc00')).toBe('a b ');
  expect(cleanText('\ue000x\uf8ffy\u0530z\u{10ffff}')).toBe(' x y z ');
});

it('keeps lines, and what is written', () => {
  expect(cleanText('one\r\ntwo\rthree\n\tfour')).toBe('one\ntwo\nthree\n\tfour');
  const text = 'Hé, «ça» 你好 नमस्ते 😀 [[x]] <b> \u200d';
  expect(cleanText(text)).toBe(text);
});

it('composes accents', () => {
  expect(cleanText('cafe\u0301')).toBe('caf\u00e9');
});
