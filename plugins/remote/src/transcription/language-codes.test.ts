import { expect, it } from 'vitest';
import { languageCode } from './language-codes.js';

it.each([
  ['english', 'en'],
  ['English', 'en'],
  ['german', 'de'],
  ['chinese', 'zh'],
  ['norwegian', 'no'],
  ['nynorsk', 'nn'],
  ['cantonese', 'yue'],
  ['hawaiian', 'haw'],
  ['hebrew', 'he'],
  ['haitian creole', 'ht'],
  ['de', 'de'],
  ['yue', 'yue'],
  ['klingon-ish', 'klingon-ish'],
])('knows %s as %s', (name, code) => {
  expect(languageCode(name)).toBe(code);
});
