import { expect, it } from 'vitest';
import { LanguageTable } from './language-table.js';

const voice = (identifier: string, name: string, ...languages: readonly [string, number][]) => ({
  identifier,
  name,
  languages: languages.map(([language, priority]) => ({ name: language, priority })),
});

/** As espeak-ng lists them. */
const table = new LanguageTable([
  voice('sit/cmn', 'Chinese (Mandarin)', ['cmn', 5], ['zh-cmn', 5], ['zh', 5]),
  voice('gmw/de', 'German', ['de', 5]),
  voice('gmw/en-029', 'English (Caribbean)', ['en-029', 5], ['en', 10]),
  voice('gmw/en', 'English (Great Britain)', ['en-gb', 2], ['en', 2]),
  voice('gmw/en-GB-x-rp', 'English (Received Pronunciation)', ['en-gb-x-rp', 5], ['en-gb', 4], ['en', 5]),
  voice('gmw/en-US', 'English (America)', ['en-us', 2], ['en', 3]),
  voice('gmw/en-US-nyc', 'English (America, New York City)', ['en-us-nyc', 5]),
  voice('ira/fa-Latn', 'Persian (Pinglish)', ['fa-latn', 5]),
  voice('roa/ca-va', 'Catalan (Valencian)', ['ca-va', 5]),
  voice('sit/yue', 'Chinese (Cantonese)', ['yue', 5], ['zh-yue', 5], ['zh', 8]),
  voice('sit/yue-Latn-jyutping', 'Chinese (Cantonese, latin)', ['yue', 5], ['zh-yue', 5], ['zh', 8]),
]);

it('lists BCP 47', () => {
  expect(table.tags).toEqual([
    ...['ca-valencia', 'cmn', 'de', 'en-029', 'en-GB', 'en-GB-x-rp', 'en-US', 'en-US-x-nyc', 'fa-Latn', 'yue'],
    'yue-Latn-jyutping',
  ]);
});

it.each([
  ['en-US', 'gmw/en-US'],
  ['EN_us', 'gmw/en-US'],
  ['en', 'gmw/en'],
  ['en-AU', 'gmw/en'],
  ['en-gb-x-rp', 'gmw/en-GB-x-rp'],
  ['de-AT', 'gmw/de'],
  ['zh', 'sit/cmn'],
  ['zh-Hant-TW', 'sit/cmn'],
  ['zh-yue', 'sit/yue'],
  ['ca-va', 'roa/ca-va'],
  [' cmn ', 'sit/cmn'],
])('finds %s', (language, expected) => {
  expect(table.find(language).voice).toBe(expected);
});

it.each([
  ['dee', 'de'],
  ['german', 'de'],
  ['en_UK', undefined],
  ['', undefined],
  ['!', undefined],
  ['x'.repeat(10_000), undefined],
])('of %j it knows the nearest', (language, nearest) => {
  if (language === 'en_UK') {
    expect(table.find(language).tag).toBe('en-GB');
    return;
  }
  const failing = () => table.find(language);
  expect(failing).toThrow(expect.objectContaining({ code: 'Unsupported' }));
  if (nearest) expect(failing).toThrow(`Did you mean ${nearest}`);
});
