import { languageNames } from '@ferrum/audio';
import { describe, expect, it } from 'vitest';
import { isEnglishOnly, languages } from './languages.js';

describe('languages', () => {
  it('are those that the server knows, by name', () => {
    const known = [...languageNames].sort(([, left], [, right]) => (left < right ? -1 : 1));
    expect([...languages].map(([code, name]) => [code, name.toLowerCase()])).toEqual(known);
  });
});

describe('isEnglishOnly', () => {
  it('goes by the end of the name', () => {
    expect(['whisper:tiny.en', 'whisper:base', 'whisper:tiny'].map(isEnglishOnly)).toEqual([true, false, false]);
  });
});
