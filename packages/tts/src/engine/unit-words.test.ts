import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { standInSymbols } from '../testing/stand-in-voices.js';
import { encodeKokoroPhonemes, kokoroVocabulary } from '../voices/kokoro-vocabulary.js';
import { encodePiperPhonemes } from '../voices/piper-phonemes.js';
import { unitWords } from './unit-words.js';

const phonemeIds = new Map([...standInSymbols].map(([symbol, id]) => [symbol, [id]]));
const plain = (text: string) => text.split(' ').map((word) => ({ source: word, spoken: word }));

/** Each word with the phonemes that its ids stand for. */
function read(words: readonly { source: string; spoken: string }[], phonemes: string): string[] {
  const encoded = encodeKokoroPhonemes(phonemes, kokoroVocabulary);
  return unitWords(words, encoded, 0).map(({ word, first, end }) => {
    const places = encoded.places.slice(first, end);
    return `${word}=${encoded.phonemes.slice(places[0], (places.at(-1) ?? 0) + 1)}`;
  });
}

describe('ids of words', () => {
  it('are those of its phonemes, without marks', () => {
    expect(read(plain('Hello, world!'), 'həlˈoʊ, wˈɜːld!')).toEqual(['Hello=həlˈoʊ', 'world=wˈɜːld']);
  });

  it('are shared by words that are run together', () => {
    expect(read(plain('edge of the bay.'), 'ˈɛdʒ ʌvðə bˈeɪ.')).toEqual([
      'edge=ˈɛdʒ',
      'of=ʌvðə',
      'the=ʌvðə',
      'bay=bˈeɪ',
    ]);
  });

  it('of a number are those of all the words that it is read as', () => {
    const words = [
      ...plain('on'),
      { source: '$45.50', spoken: 'forty-five dollars and fifty cents' },
      ...plain('now.'),
    ];
    expect(read(words, 'ˌɔn fˈɔːɹɾi fˈaɪv dˈɑːlɚz ænd fˈɪfti sˈɛnts nˈaʊ.')).toEqual([
      'on=ˌɔn',
      '$45.50=fˈɔːɹɾi fˈaɪv dˈɑːlɚz ænd fˈɪfti sˈɛnts',
      'now=nˈaʊ',
    ]);
  });

  it('are given to words with a sound alone, without the marks around them', () => {
    const words = [{ source: '—', spoken: '' }, ...plain('“Stop!” – (now)')];
    expect(read(words, 'stˈɑːp! nˈaʊ')).toEqual(['Stop=stˈɑːp', 'now=nˈaʊ']);
  });

  it('count from the offset, and cover the pads between phonemes of a Piper voice', () => {
    const encoded = encodePiperPhonemes('ab cd', { phonemeIds });
    expect(unitWords(plain('ab cd'), encoded, 100)).toEqual([
      { word: 'ab', first: 100, end: 104 },
      { word: 'cd', first: 106, end: 110 },
    ]);
  });

  it('are none where the voice knows none of its phonemes', () => {
    expect(
      unitWords(plain('ab ☃☃ cd'), encodePiperPhonemes('ab ☃☃ cd', { phonemeIds }), 0).map(({ word }) => word),
    ).toEqual(['ab', 'cd']);
  });

  it('rise and stay among the ids, whatever was said', () => {
    const word = fc.string({ unit: fc.constantFrom(...'abc-1é☃,'), minLength: 1, maxLength: 6 });
    const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(text, text, (source, phonemes) => {
        const encoded = encodePiperPhonemes(phonemes, { phonemeIds });
        let last = 0;
        for (const { first, end } of unitWords(plain(source), encoded, 0)) {
          expect(first).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(first);
          expect(end).toBeLessThanOrEqual(encoded.ids.length);
          last = first;
        }
      }),
    );
  });
});
