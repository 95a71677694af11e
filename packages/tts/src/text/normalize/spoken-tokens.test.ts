import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toSpokenTokens } from './spoken-tokens.js';

const table = readFileSync(new URL('./fixtures/english.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.includes(' | '))
  .slice(1)
  .map((line) => line.split(' | ') as [string, string]);

function spokenOf(text: string, language = 'en-US'): string {
  return toSpokenTokens(text, language)
    .map(({ spoken }) => spoken)
    .filter((spoken) => spoken !== '')
    .join(' ');
}

describe('what a person reads', () => {
  it.each(table)('%s', (text, spoken) => {
    const [language, written] = text.startsWith('gb:') ? ['en-GB', text.slice(3)] : ['en-US', text];
    expect(spokenOf(written, language)).toBe(spoken.trim());
  });
});

describe('texts that need nothing', () => {
  const shared = new URL('../../../../../../shared/reference/tts-texts.json', import.meta.url);

  it.skipIf(!existsSync(shared))('are tokens of one word each, as they are (needs ../shared)', () => {
    const texts = JSON.parse(readFileSync(shared, 'utf8'));
    for (const text of [texts.words10, texts.words60, texts.words200, texts.phonemes_shared[0]]) {
      const words = text.split(' ');
      const tokens = toSpokenTokens(text, 'en-US');
      expect(tokens.map(({ spoken }) => spoken)).toEqual(words);
      expect(tokens.map(({ source }) => source)).toEqual(words);
    }
  });

  it.skipIf(!existsSync(shared))('and the other shared sentences are read as a person reads them', () => {
    const texts = JSON.parse(readFileSync(shared, 'utf8'));
    expect(texts.phonemes_shared.map((text: string) => spokenOf(text))).toEqual([
      'The quick brown fox jumps over the lazy dog.',
      'On March third, nineteen ninety-nine, the price rose to forty-five dollars and fifty cents.',
      '"Are you coming?" she asked. "It\'s seven thirty already!"',
      'In twenty twenty-four, approximately three point five percent of for example U.S users had a ten kilometers per hour limit.',
    ]);
  });
});

describe('tokens', () => {
  it('hold what is read together, with their place in the text', () => {
    expect(toSpokenTokens('Pay $45.50 million now.', 'en')).toEqual([
      { source: 'Pay', start: 0, spoken: 'Pay' },
      { source: '$45.50 million', start: 4, spoken: 'forty-five point five zero million dollars' },
      { source: 'now.', start: 19, spoken: 'now.' },
    ]);
  });

  it('say nothing for emoji, and move a mark that stands alone to the word before', () => {
    expect(toSpokenTokens('Great 👍🏽 — yes !', 'en')).toEqual([
      { source: 'Great', start: 0, spoken: 'Great,' },
      { source: '👍🏽', start: 6, spoken: '' },
      { source: '—', start: 11, spoken: '' },
      { source: 'yes', start: 13, spoken: 'yes!' },
      { source: '!', start: 17, spoken: '' },
    ]);
  });

  it('keep the offsets of a text whose characters are changed', () => {
    const text = 'soft­hyphen e\u0301clair\u200b Ｆｕｌｌ';
    const tokens = toSpokenTokens(text, 'en');
    expect(tokens.map(({ spoken }) => spoken)).toEqual(['softhyphen', 'éclair', 'Full']);
    for (const { source, start } of tokens) expect(text.slice(start, start + source.length)).toBe(source);
  });
});

describe('emoji by name', () => {
  it.each([
    ['Hi 😀', 'Hi grinning face'],
    ['👍🏽', 'thumbs up'],
    ['🎉🎉🎉', 'party popper'],
    ['👨‍👩‍👧', 'family man, woman, girl'],
    ['🇫🇷', 'flag France'],
    ['❤️', 'red heart'],
    ['1️⃣', 'keycap 1'],
  ])('%s', (text, spoken) => {
    const tokens = toSpokenTokens(text, 'en-US', { emoji: 'name' });
    expect(tokens.map((token) => token.spoken).join(' ')).toBe(spoken);
  });
});

describe('other languages', () => {
  it.each([
    ['de', 'Das kostet 3,50 € — „viel“ zu viel 😀.', 'Das kostet 3,50 €, "viel" zu viel.'],
    ['fr', 'Bonjour ! **Ça** va ?', 'Bonjour! Ça va?'],
    ['es', '¿Qué tal?… ¡Hola!!!', '¿Qué tal? ¡Hola!'],
    ['ja', '今日は、いい天気です。', '今日は、 いい天気です。'],
    ['zh', '今天是2024年。', '今天是2024年。'],
    ['hi', 'मैं 10 किताबें पढ़ता हूँ।', 'मैं 10 किताबें पढ़ता हूँ।'],
    // A vowel killer after a joiner: the "eyelash" ra of Marathi.
    ['mr', 'दर\u200d\u094dया', 'दर\u200d\u094dया'],
    ['it', 'Vedi https://example.com/a--b_c.', 'Vedi https://example.com/a--b_c.'],
    ['de', 'Siehe <https://a.com> &amp; mehr', 'Siehe https://a.com & mehr'],
    ['pt-BR', '- Às 15:45, dia 3/4', 'Às 15:45, dia 3/4'],
  ])('%s: %s', (language, text, spoken) => {
    expect(spokenOf(text, language)).toBe(spoken);
  });
});

const IGNORABLE = /^(?:[\s\p{C}]|&nbsp;|[\u034f\ufe0e\ufe0f\ufffc\ufffd])*$/u;

describe('any text', () => {
  const writing = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc
      .array(
        fc.constantFrom(
          ...'0123456789 .,:;/-–—$€%+*#@_\'"()[]<>^|~`\\aApPmMkKxXvVIeE°²½…!?\n😀🏽\u200d\ufe0f\u0301\ud83d',
        ),
        { maxLength: 60 },
      )
      .map((parts) => parts.join('')),
    fc.array(fc.constantFrom(...table.map(([text]) => text)), { maxLength: 4 }).map((parts) => parts.join('')),
  );

  it('is covered in order, with nothing but white space and ignorable characters between tokens', () => {
    fc.assert(
      fc.property(writing, fc.constantFrom('en-US', 'en-GB', 'fr'), (text, language) => {
        let position = 0;
        for (const { source, start, spoken } of toSpokenTokens(text, language)) {
          expect(text.slice(position, start)).toMatch(IGNORABLE);
          expect(text.slice(start, start + source.length)).toBe(source);
          expect(source.trim()).toBe(source);
          expect(source).not.toBe('');
          expect(spoken).toBe(spoken.trim());
          expect(spoken).not.toMatch(/undefined|NaN|null/);
          position = start + source.length;
        }
        expect(text.slice(position)).toMatch(IGNORABLE);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ...'1./:-$,\'"([{<*#_`~|\\^+=&@½²xAI!?…—😀\u200d\u0301\ud83d',
    '1.',
    '1,',
    '1/',
    '1-',
    '1:',
    '1 ',
    '1,111',
    '1x',
    '1e',
    'a.',
    'A.',
    'a/',
    '/a',
    './',
    'a@',
    'a_',
    '[a',
    '[a](',
    '](b',
    '$1',
    '$1-',
    '(555) ',
    '555-',
    '+1 ',
    'v1.',
    '<a ',
    'III ',
    'St. ',
    '12:30 ',
    'p.m. ',
    '```',
    '|---',
    '| - ',
    'http://a',
    'a.com ',
    'C:\\',
    '\u200b',
    '1\u200b',
    'Henry I ',
    "a'",
    '(',
    '- ',
    '1½',
    '$a',
    '$a\\b',
    '\\frac{',
    '}{',
    '<http://a',
    '&amp;',
    'x - 1 ',
  ])('of 50,000 characters made of "%s" is read to its end', (piece) => {
    const text = piece.repeat(Math.ceil(50_000 / piece.length));
    const tokens = toSpokenTokens(text, 'en-US');
    const last = tokens.at(-1);
    expect(text.slice(last === undefined ? 0 : last.start + last.source.length)).toMatch(IGNORABLE);
  });
});
