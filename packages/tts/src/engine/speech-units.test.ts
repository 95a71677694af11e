import type { Phonemizer } from '@ferrum/interfaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { letterPhonemizer, standInSymbols } from '../testing/stand-in-voices.js';
import { unitSettings } from '../testing/unit-settings.js';
import { encodeKokoroPhonemes, kokoroVocabulary } from '../voices/kokoro-vocabulary.js';
import { encodePiperPhonemes } from '../voices/piper-phonemes.js';
import type { SpeechUnit } from './speech-unit.js';
import { speechUnits } from './speech-units.js';

const phonemeIds = new Map([...standInSymbols].map(([symbol, id]) => [symbol, [id]]));
const piper = { encode: (text: string) => encodePiperPhonemes(text, { phonemeIds }), maxIds: 800 };
const kokoro = { encode: (text: string) => encodeKokoroPhonemes(text, kokoroVocabulary), maxIds: 510 };

const symbols = new Map([...standInSymbols].map(([symbol, id]) => [id, symbol]));
const read = ({ ids }: SpeechUnit) =>
  ids
    .map((id) => symbols.get(id))
    .join('')
    .replaceAll('_', '');

/** A text of which the rest is withheld until someone asks for more. */
async function firstUnitOf(head: string): Promise<string> {
  async function* written() {
    yield* head;
    await new Promise(() => {});
  }
  for await (const unit of speechUnits(written(), piper, async () => letterPhonemizer(), unitSettings))
    return read(unit);
  throw new Error('no unit');
}

async function unitsOf(
  text: string | AsyncIterable<string>,
  model: Pick<typeof piper, 'encode' | 'maxIds'> = piper,
  phonemizer: Phonemizer = letterPhonemizer(),
): Promise<SpeechUnit[]> {
  const units: SpeechUnit[] = [];
  for await (const unit of speechUnits(text, model, async () => phonemizer, unitSettings)) units.push(unit);
  return units;
}

async function* pieces(text: string, length: number): AsyncGenerator<string> {
  for (let from = 0; from < text.length; from += length) yield text.slice(from, from + length);
}

const passage =
  'When the storm had passed, they walked home; the road was wet. "Are you coming?" she asked. Dr. Smith paid $45.50 for it, and left.\n\n' +
  'A new paragraph begins here: it has a list, of several things, none of them long, and an end.';

describe('units of a text', () => {
  it('begin with the first clause, while its sentence is still being written', async () => {
    const [whole] = await unitsOf(passage);
    expect(await firstUnitOf('When the storm had passed, they walk')).toBe(read(whole as SpeechUnit));
    // Too short by itself, and a date, which is read together.
    expect(await firstUnitOf('Well, on March 3rd, 1999, the old man went home, and the')).toBe(
      'well, on march third, nineteen ninetynine,',
    );
  });

  it('are its first clause, then its sentences', async () => {
    const units = await unitsOf(
      'When the storm had passed, they walked home. The road was wet. It was late, and cold.',
    );
    expect(units.map(read)).toEqual([
      'when the storm had passed,',
      'they walked home.',
      'the road was wet.',
      'it was late, and cold.',
    ]);
    expect(units.map(({ pause }) => pause)).toEqual([0.12, 0.3, 0.3, 0.3]);
  });

  it('begin with more than a clause where that is short', async () => {
    const units = await unitsOf('Well, if you say so, then it may well be. Yes.');
    expect(units.map(read)).toEqual(['well, if you say so,', 'then it may well be.', 'yes.']);
  });

  it('pause for longer after a paragraph', async () => {
    const units = await unitsOf('This is one paragraph.\n\nThis is another.');
    expect(units[0]?.pause).toBe(0.6);
  });

  it('name the words of the text', async () => {
    const [first, second] = await unitsOf('On Monday “Dr. Smith” came home early, (at 10), and slept.');
    const words = [...(first?.words ?? []), ...(second?.words ?? [])];
    expect(words.map(({ word }) => word)).toEqual([
      'On',
      'Monday',
      'Dr',
      'Smith',
      'came',
      'home',
      'early',
      'at',
      '10',
      'and',
      'slept',
    ]);
  });

  it.each([1, 3, 5, 40])('are the same when it comes in pieces of %i characters', async (length) => {
    expect(await unitsOf(pieces(passage, length))).toEqual(await unitsOf(passage));
  });

  it('come before the text is finished', async () => {
    let isAsked = false;
    async function* text() {
      yield 'The first sentence is here. The second';
      isAsked = true;
      await new Promise(() => {});
    }
    const units = speechUnits(text(), piper, async () => letterPhonemizer(), unitSettings);
    const first = await units.next();
    expect(first.done ? '' : read(first.value)).toBe('the first sentence is here.');
    expect(isAsked).toBe(false);
  });

  it('refuse pieces that are no text', async () => {
    async function* text() {
      yield 'Hello.';
      yield 7 as unknown as string;
    }
    await expect(unitsOf(text())).rejects.toMatchObject({
      code: 'RequestValidation',
      message: expect.stringContaining('number'),
    });
  });
});

describe('nothing is cut off', () => {
  const lettersOf = (units: readonly SpeechUnit[]) =>
    units
      .map(read)
      .join('')
      .replaceAll(/[^a-z]/g, '');

  it('of a word of 400 letters', async () => {
    const word = 'abcdefghij'.repeat(40);
    const units = await unitsOf(word);
    expect(lettersOf(units)).toBe(word);
    expect(units.flatMap(({ words }) => words.map((one) => one.word)).every((one) => one === word)).toBe(true);
  });

  it('of a sentence of 900 letters without a mark', async () => {
    const sentence = Array.from({ length: 180 }, (_, index) => `wor${String.fromCharCode(97 + (index % 26))}`).join(
      ' ',
    );
    const units = await unitsOf(sentence);
    expect(lettersOf(units)).toBe(sentence.replaceAll(' ', ''));
    expect(units.length).toBeGreaterThan(1);
  });

  it('of 200,000 characters', async () => {
    const sentence = 'The old lighthouse stood at the edge of the bay, watching over the boats that returned. ';
    const text = sentence.repeat(Math.ceil(200_000 / sentence.length));
    const units = await unitsOf(text);
    expect(lettersOf(units)).toBe(text.toLowerCase().replaceAll(/[^a-z]/g, ''));
    expect(Math.max(...units.map(({ ids }) => ids.length))).toBeLessThanOrEqual(piper.maxIds);
  });

  it('of 200,000 letters without a space', async () => {
    const text = 'abcdefgh'.repeat(25_000);
    expect(lettersOf(await unitsOf(text))).toBe(text);
  });

  it('of phonemes that are given, of a thousand signs without a space', async () => {
    const phonemes = 'abcde'.repeat(190);
    const units = await unitsOf(`[[${phonemes}]]`, kokoro);
    const space = kokoroVocabulary.get(' ');
    expect(units.flatMap(({ ids }) => ids.filter((id) => id !== space))).toHaveLength(phonemes.length);
  });

  it.each([
    [
      'a phonemizer that reads a letter as a hundred phonemes',
      (text: string) => text.replaceAll(/[a-z]/gi, 'a'.repeat(100)),
    ],
    ['one that reads a letter as a thousand', (text: string) => text.replaceAll(/[a-z]/gi, 'a'.repeat(1000))],
    ['one that reads nothing', () => ''],
    ['one that reads marks alone', () => '...!'],
  ])('and no unit is too long: %s', async (_, readAs) => {
    const phonemizer = { ...letterPhonemizer(), phonemize: async (text: string) => [readAs(text)] };
    const text = 'some words, and a few more of them';
    const units = await unitsOf(text, piper, phonemizer);
    for (const { ids } of units) expect(ids.length).toBeLessThanOrEqual(piper.maxIds);
    expect(lettersOf(units)).toBe(readAs(text).replaceAll(/[^a-z]/g, ''));
  });

  it.each([
    ['given', `[[a${'\u0303'.repeat(900)}]]`],
    ['written', `a${'\u0303'.repeat(900)}`],
  ])('of a letter with 900 marks above it, %s: no unit is too long', async (_, text) => {
    const echo: Phonemizer = { ...letterPhonemizer(), phonemize: async (given) => [given] };
    const units = await unitsOf(text, kokoro, echo);
    // Marks alone have no sound; those with the letter stay.
    expect(units[0]?.ids).toContain(17);
    for (const { ids } of units) expect(ids.length).toBeLessThanOrEqual(kokoro.maxIds);
  });

  it.each([
    ['at once', (text: string) => text],
    ['in pieces', (text: string) => pieces(text, 50)],
  ])('of a short first clause before one as long as fits, %s: no unit is too long', async (_, written) => {
    const text = `well, ${'word '.repeat(79)}end, and so it went on.`;
    const echo: Phonemizer = { ...letterPhonemizer(), phonemize: async (given) => [given] };
    const units = await unitsOf(written(text), piper, echo);
    for (const { ids } of units) expect(ids.length).toBeLessThanOrEqual(piper.maxIds);
    expect(units.map(read).join('').replaceAll(/\W/g, '')).toBe(text.replaceAll(/\W/g, ''));
  });

  it.each([piper, kokoro])('whatever is written, no unit is too long (%#)', async (model) => {
    const unit = fc.constantFrom(
      'a',
      'b',
      ' ',
      '\u0303',
      '\u0301',
      ',',
      '.',
      '[[',
      ']]',
      '-',
      '😀',
      '𝄞',
      '7',
      '\n',
      'ã',
      '—',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(unit, fc.constantFrom(1, 1, 2, 400)), { maxLength: 10 }), async (runs) => {
        const text = runs.map(([sign, times]) => sign.repeat(times)).join('');
        const echo: Phonemizer = { ...letterPhonemizer(), phonemize: async (given) => [given] };
        for (const { ids } of await unitsOf(text, model, echo)) {
          expect(ids.length).toBeGreaterThan(0);
          expect(ids.length).toBeLessThanOrEqual(model.maxIds);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('phonemes that are given', () => {
  it('need no phonemizer', async () => {
    const refuse = () => Promise.reject(new Error('no phonemizer'));
    const units: SpeechUnit[] = [];
    for await (const unit of speechUnits('[[həlˈoʊ]]', kokoro, refuse, unitSettings)) units.push(unit);
    expect(units.map(({ ids }) => ids)).toEqual([encodeKokoroPhonemes('həlˈoʊ', kokoroVocabulary).ids]);
    expect(units[0]?.words).toEqual([{ word: 'həlˈoʊ', first: 0, end: 6 }]);
  });

  it('stand among words', async () => {
    const phonemizer = letterPhonemizer();
    const units = await unitsOf('Say [[tomato]] or [[potato]], please. Thanks.', piper, phonemizer);
    expect(units.map(read).join(' ')).toContain('say tomato or potato');
    expect(phonemizer.asked.join(' ')).not.toContain('tomato');
  });

  it('that the voice does not know are told of', async () => {
    const [unit] = await unitsOf('[[ab☃c☃]]');
    expect(unit?.warnings).toEqual([expect.stringMatching(/"☃" \(U\+2603\)/)]);
  });
});

describe('what has no sound', () => {
  it.each([
    '',
    '   ',
    '...',
    '?!',
    '😀 🎉',
    '\u0000\u0007',
    '“”',
    '[[ ]]',
    '[[ . ]]',
    '[[ˈː]]',
    '—',
    '\u200b\ufeff',
    '***',
  ])('%j makes no unit', async (text) => {
    expect(await unitsOf(text)).toEqual([]);
  });

  it('does not end a text', async () => {
    expect((await unitsOf('... Hello. 😀 ?! There.')).map(read).join(' ')).toMatch(/hello.*there/);
  });
});
