import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SentenceSplitter } from './sentence-splitter.js';
import { sentenceTable } from './testing/sentence-table.js';

const references = JSON.parse(readFileSync(new URL('fixtures/references.json', import.meta.url), 'utf8')) as readonly {
  readonly language: string;
  readonly text: string;
  readonly sentences: readonly string[];
}[];
const piper = new URL('../../../../../../shared/reference/tts-piper.json', import.meta.url);

describe('the sentences of a text', () => {
  it.each(sentenceTable)('are those a person finds ($language): $text', ({ language, text, sentences }) => {
    expect(split(text, language).map((sentence) => sentence.text)).toEqual(sentences);
  });

  it('are those that pysbd and sentencex agree on (fixtures/make.py)', () => {
    for (const { language, text, sentences } of references) {
      expect(split(text, language).map((sentence) => sentence.text)).toEqual(sentences);
    }
  });

  it('are told apart from paragraphs', () => {
    expect(split(' One. Two.\n\nThree\n \n- four\n- five. \n\n')).toEqual([
      { text: 'One.', start: 1, endsParagraph: false },
      { text: 'Two.', start: 6, endsParagraph: true },
      { text: 'Three', start: 12, endsParagraph: true },
      { text: '- four', start: 20, endsParagraph: false },
      { text: '- five.', start: 27, endsParagraph: true },
    ]);
  });

  it('are none where there is nothing to say', () => {
    expect(split('')).toEqual([]);
    expect(split(' \n\t\r\n\u2029 ')).toEqual([]);
  });

  it('need a language', () => {
    expect(() => new SentenceSplitter('en_US')).toThrow(/BCP 47 tag such as en or en-US, not "en_US"/);
    expect(split('Tja. Nej.', 'sv').map(({ text }) => text)).toEqual(['Tja.', 'Nej.']);
  });

  // Piper (espeak-ng) also ends a sentence within a quotation, after "approx." and after "e.g.", which is wrong.
  it.skipIf(!existsSync(piper))('are no more than those of piper (needs ../shared)', () => {
    const { items } = JSON.parse(readFileSync(piper, 'utf8')) as {
      items: { text: string; sentences: { phonemes: string }[] }[];
    };
    const mistaken: Record<string, number> = { '"Are': 1, In: 2 };
    for (const { text, sentences } of items) {
      expect(split(text)).toHaveLength(sentences.length - (mistaken[text.split(' ')[0] ?? ''] ?? 0));
    }
  });
});

describe('the sentences of a text in pieces', () => {
  it('are given out once the next word is known', () => {
    const splitter = new SentenceSplitter('en');
    const pushed = (piece: string) => splitter.push(piece).map(({ text }) => text);
    expect(pushed('He lives in the U.S')).toEqual([]);
    expect(pushed('. S')).toEqual([]);
    expect(pushed('he')).toEqual([]);
    expect(pushed(' ')).toEqual(['He lives in the U.S.']);
    expect(pushed('does not!\n\n')).toEqual(['She does not!']);
    expect(pushed('你好。')).toEqual([]);
    expect(pushed('再')).toEqual(['你好。']);
    expect(splitter.end().map(({ text }) => text)).toEqual(['再']);
    expect(pushed('Another text. And ')).toEqual(['Another text.']);
  });

  it('are those of the whole text, whatever the pieces', () => {
    for (const { language, text } of sentenceTable) {
      const whole = split(text, language);
      for (const size of [1, 2, 5]) expect(splitPieces(text, evenCuts(text, size), language)).toEqual(whole);
    }
    const cuts = fc.array(fc.nat(5000), { maxLength: 40 });
    fc.assert(
      fc.property(tangledText(60), cuts, fc.constantFrom('en', 'de', 'fr', 'ja'), (text, positions, language) => {
        expect(splitPieces(text, positions, language)).toEqual(split(text, language));
      }),
      { numRuns: 300 },
    );
  });

  it('are those of the whole text where sentences are too long', () => {
    fc.assert(
      fc.property(tangledText(2500), fc.array(fc.nat(9000), { maxLength: 60 }), (text, positions) => {
        expect(splitPieces(text, positions, 'en')).toEqual(split(text, 'en'));
      }),
      { numRuns: 25 },
    );
  });

  it('hold all but the white space between them, in at most 1,000 characters each', () => {
    fc.assert(
      fc.property(fc.oneof(tangledText(1500), fc.string({ unit: 'binary', maxLength: 300 })), (text) => {
        let end = 0;
        for (const sentence of split(text)) {
          expect(text.slice(end, sentence.start).trim()).toBe('');
          expect(sentence.text).toBe(text.slice(sentence.start, sentence.start + sentence.text.length));
          expect(sentence.text.trim()).toBe(sentence.text);
          expect(sentence.text.length).toBeGreaterThan(0);
          expect(sentence.text.length).toBeLessThanOrEqual(1000);
          end = sentence.start + sentence.text.length;
        }
        expect(text.slice(end).trim()).toBe('');
      }),
      { numRuns: 100 },
    );
  });
});

describe('a text without boundaries', () => {
  it('is cut after a clause mark, else at white space, else between code points', () => {
    const words = 'word '.repeat(150);
    const lengths = (text: string) => split(text).map((sentence) => sentence.text.length);
    expect(split(`${words}and, ${words}`)[0]?.text).toBe(`${words}and,`);
    expect(lengths(words + words)).toEqual([999, 499]);
    expect(lengths('x'.repeat(2500))).toEqual([1000, 1000, 500]);
    expect(lengths(`a${'😀'.repeat(600)}`)).toEqual([999, 202]);
    expect(split(`${'あ'.repeat(700)}、${'い'.repeat(700)}`)[0]?.text).toBe(`${'あ'.repeat(700)}、`);
    expect(lengths(`${'x'.repeat(998)}${' '.repeat(5000)}y`)).toEqual([998, 1]);
  });

  it('is never cut in a block of phonemes that is whole', () => {
    const block = `[[ ${'ə'.repeat(990)} ]]`;
    expect(split(`${'x'.repeat(500)}${block} afterwards`).map(({ text }) => text)).toEqual([
      'x'.repeat(500),
      block,
      'afterwards',
    ]);
    const pieces = splitPieces(`A. [[ b. C ]] d. E`, evenCuts('A. [[ b. C ]] d. E', 1), 'en');
    expect(pieces.map(({ text }) => text)).toEqual(['A. [[ b. C ]] d. E']);
    const unclosed = `Start [[ one. ${'Two words. '.repeat(200)}]] end.`;
    expect(split(unclosed)[1]?.text).toBe('Two words.');
    expect(splitPieces(unclosed, evenCuts(unclosed, 3), 'en')).toEqual(split(unclosed));
  });

  it('takes no more memory for being longer', () => {
    const splitter = new SentenceSplitter('en');
    let given = 0;
    for (let pushed = 1; pushed <= 300; pushed++) {
      for (const { text } of splitter.push('x'.repeat(100))) given += text.length;
      expect(pushed * 100 - given).toBeLessThanOrEqual(2700);
    }
  });

  const hostile = [
    '.',
    '. ',
    '! ',
    '[',
    '[[',
    '[[ ]]',
    ']]',
    'a. ',
    '1. ',
    '1.1. ',
    '"',
    '." ',
    '.\u200d',
    '\n',
    ' ',
    '\r\n- ',
  ];
  it.each([
    ...hostile,
    '。',
    '😀',
    '\ud800',
    '…“',
    '(. ',
    '.[1',
    'A.B. ',
    '-',
    '—, ',
    '.\n',
    '»',
    '. (',
    '\u0301',
    'x',
  ])('is split whole when it is 200,000 characters of %j', (unit) => {
    const text = unit.repeat(Math.ceil(200_000 / unit.length));
    const solid = text.replace(/\s/g, '').length;
    const total = split(text).reduce((sum, sentence) => sum + sentence.text.replace(/\s/g, '').length, 0);
    expect(total).toBe(solid);
  });
});

function split(text: string, language = 'en') {
  return splitPieces(text, [], language);
}

function splitPieces(text: string, cuts: readonly number[], language: string) {
  const splitter = new SentenceSplitter(language);
  const positions = [...cuts, text.length].sort((one, other) => one - other);
  let from = 0;
  const sentences = positions.flatMap((position) => {
    const piece = text.slice(from, position);
    from = Math.max(from, Math.min(position, text.length));
    return splitter.push(piece);
  });
  return [...sentences, ...splitter.end()];
}

function evenCuts(text: string, size: number): number[] {
  return Array.from({ length: Math.floor(text.length / size) }, (_, index) => index * size);
}

/** Text of what matters to the splitter, in any order. */
function tangledText(maxLength: number): fc.Arbitrary<string> {
  const atoms = [
    ...[
      '.',
      '!',
      '?',
      '…',
      '...',
      '。',
      '！',
      '؟',
      '।',
      ';',
      ',',
      '、',
      ':',
      '—',
      '-',
      '- ',
      '*',
      '#',
      '# ',
      '**',
      '`',
      '```',
    ],
    ...[
      '"',
      '“',
      '”',
      '«',
      '»',
      '’',
      '(',
      ')',
      '[',
      ']',
      '[[',
      ']]',
      '[1]',
      '¿',
      '\u200d',
      '\u0301',
      '😀',
      '𐐀',
      '𐐨',
      '\ud83d',
    ],
    ...[' ', ' ', ' ', '\u00a0', '\n', '\r\n', '\r', '\n\n', '\u2029', '\t', '      '],
    ...[
      'a',
      'B',
      'word',
      'The',
      'I',
      'Dr',
      'e.g',
      'p.m',
      'Inc',
      'No',
      'U.S',
      '1',
      '12',
      '3.5',
      '1. ',
      'と',
      '中',
      'और',
      'XIV',
    ],
  ];
  return fc.array(fc.constantFrom(...atoms), { maxLength }).map((parts) => parts.join(''));
}
