import { describe, expect, it } from 'vitest';
import { languageNames, parseLanguage } from './languages.js';

describe('a language', () => {
  it('is known by its code, its English name and other names, in any case', () => {
    for (const [code, name] of languageNames) {
      expect(parseLanguage(code)).toBe(code);
      expect(parseLanguage(` ${name.toUpperCase()} `)).toBe(code);
    }
    expect(parseLanguage('Castilian')).toBe('es');
    expect(parseLanguage('Burmese')).toBe('my');
    expect(parseLanguage('jv')).toBe('jw');
  });

  it('is one of a hundred', () => {
    expect(languageNames.size).toBe(100);
    expect(languageNames.get('haw')).toBe('hawaiian');
  });

  it('that is unknown is refused with what may have been meant', () => {
    expect(() => parseLanguage('englsh')).toThrow(/"englsh" is not a language.*Did you mean "english"\?/);
    expect(() => parseLanguage('portugese')).toThrow(/"portuguese"/);
    expect(() => parseLanguage('klingon-battle-cant')).toThrow(/Write a code such as "en"/);
    expect(() => parseLanguage('')).toThrow(/is not a language/);
    expect(() => parseLanguage('enn')).toThrow(/"en" \(english\)/);
  });
});
