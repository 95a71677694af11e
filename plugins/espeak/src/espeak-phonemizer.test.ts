import { existsSync, readFileSync } from 'node:fs';
import { EspeakPhonemizer } from '@ferrum/plugin-espeak';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';

const phonemizer = new EspeakPhonemizer();
afterAll(() => phonemizer[Symbol.asyncDispose]());

const read = async (text: string, language = 'en-US'): Promise<string> =>
  (await phonemizer.phonemize(text, language)).join(' ').normalize('NFD');

interface Phonemes {
  readonly language: string;
  readonly text: string;
  readonly sentences: readonly string[];
}

const byPiper: readonly Phonemes[] = JSON.parse(
  readFileSync(new URL('./fixtures/phonemes.json', import.meta.url), 'utf8'),
);
const joined = ({ sentences }: Phonemes): string =>
  sentences
    .filter((sentence) => sentence !== '')
    .join(' ')
    .trim();

describe('agrees with the piper-tts package', () => {
  it.each(
    byPiper.filter(({ language, text }) => ['en-us', 'en', 'es', 'fr'].includes(language) && !text.includes('...')),
  )('to the letter: $text', async (item) => {
    expect(await read(item.text, item.language)).toBe(joined(item));
  });

  it('on an ellipsis, but for the space after it', async () => {
    const [item] = byPiper.filter(({ text }) => text.includes('...'));
    if (!item) throw new Error('the fixture has no ellipsis');
    expect(await read(item.text)).toBe(joined(item).replace('jˈɛsɪɾ', 'jˈɛs ɪɾ'));
  });

  it.each(byPiper.filter(({ language }) => ['de', 'it'].includes(language)))(
    'but for how r is written: $text',
    async (item) => {
      const plain = (phonemes: string): string => phonemes.replaceAll('ɾ', 'r');
      expect(plain(await read(item.text, item.language))).toBe(plain(joined(item)));
    },
  );

  it.each(byPiper.filter(({ language }) => ['hi', 'ja', 'cmn'].includes(language)))(
    'but for punctuation that Piper drops: $text',
    async (item) => {
      const plain = (phonemes: string): string => phonemes.replace(/[ .,?!]/g, '');
      expect(plain(await read(item.text, item.language))).toBe(plain(joined(item)));
    },
  );

  it.each(byPiper.filter(({ language }) => language === 'pt-br'))(
    'on clauses and punctuation, where the rules of the language differ: $text',
    async (item) => {
      const marks = (phonemes: string): string => phonemes.replace(/[^ .,?!]/g, '');
      expect(marks(await read(item.text, item.language))).toBe(marks(joined(item)));
    },
  );
});

const reference = new URL('../../../../shared/reference/tts-piper.json', import.meta.url);
describe.skipIf(!existsSync(reference))('agrees with shared/reference/tts-piper.json', () => {
  const items: readonly { text: string; sentences: readonly { phonemes: string }[] }[] = existsSync(reference)
    ? JSON.parse(readFileSync(reference, 'utf8')).items
    : [];
  it.each(items)('$text', async ({ text, sentences }) => {
    expect(await read(text)).toBe(sentences.map(({ phonemes }) => phonemes).join(' '));
  });
});

describe('any text', () => {
  it.each(['', ' ', '\n\n', '\0', '\ud800', '...', '?!', '—', '\u200b'])(
    'of no words has no clauses: %j',
    async (text) => {
      expect(await phonemizer.phonemize(text, 'en-US')).toEqual([]);
    },
  );

  it('is not taken for markup, phonemes or commands', async () => {
    expect(await read('<break time="1s"/> hi')).toContain('bɹˈeɪk');
    expect(await read('see [[h@l@U]] there')).toContain('æt ˈɛl æt');
    expect(await read('one\u0001+99S two')).toContain('nˈaɪnti');
    expect(await read('a &lt; b')).not.toBe(await read('a < b'));
  });

  it('may have a word of 400 letters', async () => {
    for (const letters of ['a', 'wx', 'é', 'ß', '漢', '1']) {
      expect(await read(letters.repeat(400 / letters.length))).not.toBe('');
    }
  });

  it('may be long: every sentence is there', async () => {
    const clauses = await phonemizer.phonemize('The quick brown fox jumps. '.repeat(7500), 'en-US');
    expect(new Set(clauses)).toEqual(new Set(['ðə kwˈɪk bɹˈaʊn fˈɑːks dʒˈʌmps.']));
    expect(clauses).toHaveLength(7500);
  });

  it('leaves the next one as it was', async () => {
    const sample = 'Hello 12 world. Yes, A.';
    const languages = ['en-US', 'de', 'hi', 'ja', 'cmn', 'ru', 'ar'];
    const expected = new Map<string, string>();
    for (const language of languages) expected.set(language, await read(sample, language));
    const unit = fc.oneof(
      fc.constantFrom(...' .,;:!?…—\'"()[]<>/&#@*_|1234567890abcdeABCDE\n'),
      fc.constantFrom('é', 'ß', 'я', 'न', '。', '漢', '😀', '\u0530', '\u200d', '\u0301', '\ue000'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, maxLength: 80 }), fc.constantFrom(...languages), async (text, language) => {
        for (const clause of await phonemizer.phonemize(text, language)) expect(clause).not.toMatch(/[\p{Cs}_]/u);
        expect(await read(sample, language)).toBe(expected.get(language));
      }),
      { numRuns: 150 },
    );
  });
});

it('marks the end of a paragraph as that of a sentence', async () => {
  expect(await phonemizer.phonemize('One\n\nTwo?\n\nThree\nfour', 'en-US')).toEqual(['wˌʌn.', 'tˈuː?', 'θɹˈiː fˈɔːɹ']);
});

describe('languages', () => {
  it('are BCP 47', async () => {
    const languages = await phonemizer.languages();
    expect(languages).toEqual(expect.arrayContaining(['en-US', 'en-GB', 'de', 'fr-FR', 'pt-BR', 'cmn', 'hi', 'ja']));
    expect(new Set(languages).size).toBe(languages.length);
    for (const tag of languages) expect(() => new Intl.Locale(tag), tag).not.toThrow();
  });

  it('can all be read', async () => {
    for (const language of await phonemizer.languages()) {
      expect((await phonemizer.phonemize('1 a Ꭳ', language)).join(''), language).not.toBe('');
    }
  });

  it('may be written in several ways', async () => {
    const american = await read('tomato', 'en-US');
    for (const language of ['en-us', 'EN_US', 'en-US-u-nu-latn']) expect(await read('tomato', language)).toBe(american);
    expect(await read('tomato', 'en')).toBe(await read('tomato', 'en-GB'));
    expect(await read('tomato', 'en-GB')).not.toBe(american);
    expect(await read('你好', 'zh-CN')).toBe(await read('你好', 'cmn'));
  });

  it('that are unknown are refused with the nearest', async () => {
    await expect(phonemizer.phonemize('hi', 'xx-YY')).rejects.toMatchObject({ code: 'Unsupported' });
    await expect(phonemizer.phonemize('hi', 'german')).rejects.toThrow('Did you mean de');
  });
});

it('refuses what is no text', async () => {
  for (const wrong of [undefined, null, 5, {}]) {
    await expect(phonemizer.phonemize(wrong as never, 'en')).rejects.toMatchObject({ code: 'InvalidParameter' });
    await expect(phonemizer.phonemize('hi', wrong as never)).rejects.toMatchObject({ code: 'InvalidParameter' });
  }
});

it('serves many at once, each in its language', async () => {
  const items = byPiper.filter(({ language }) => language !== 'pt-br').slice(-30);
  const alone: string[] = [];
  for (const { text, language } of items) alone.push(await read(text, language));
  expect(await Promise.all(items.map(({ text, language }) => read(text, language)))).toEqual(alone);
});

it('lets a short text pass a long one', async () => {
  const ended: string[] = [];
  const long = phonemizer.phonemize('All work and no play. '.repeat(2000), 'en-US').then(() => ended.push('long'));
  const short = phonemizer.phonemize('Me first.', 'de').then(() => ended.push('short'));
  await Promise.all([long, short]);
  expect(ended).toEqual(['short', 'long']);
});

it('can be cancelled before and during the work, and when it is closed', async () => {
  const cancelled = { code: 'Cancelled' };
  await expect(phonemizer.phonemize('hi', 'en', { signal: AbortSignal.abort() })).rejects.toMatchObject(cancelled);
  const abort = new AbortController();
  const long = phonemizer.phonemize('All work and no play. '.repeat(2000), 'en-US', { signal: abort.signal });
  setTimeout(() => abort.abort(), 20);
  await expect(long).rejects.toMatchObject(cancelled);
  expect(await read('Hi.')).toBe('hˈaɪ.');

  const other = new EspeakPhonemizer();
  const call = expect(other.phonemize('hi', 'en')).rejects.toMatchObject(cancelled);
  await other[Symbol.asyncDispose]();
  await call;
  await expect(other.phonemize('hi', 'en')).rejects.toMatchObject(cancelled);
});
