import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { loadTokenizer, type Tokenizer } from '@ferrum/models';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { splitWords } from './split-words.js';

interface Case {
  readonly language: string;
  readonly ids: readonly number[];
  readonly words: readonly string[];
  readonly tokens: readonly (readonly number[])[];
}

const fixtures = new URL('fixtures/', import.meta.url);
const realFolder = fileURLToPath(new URL('../../../../../shared/models/whisper-dummy', import.meta.url));
const hasReal = existsSync(realFolder);
if (!hasReal) console.warn('skipped: the real Whisper vocabulary, which is not at ../shared/models/whisper-dummy');

const vocabularies = [
  { name: 'tiny', folder: fileURLToPath(fixtures), skip: false },
  { name: 'real', folder: realFolder, skip: !hasReal },
] as const;

for (const { name, folder, skip } of vocabularies) {
  describe.skipIf(skip)(`words of a ${name} vocabulary`, () => {
    let cases: readonly Case[];
    let tokenizer: Tokenizer;
    const decode = (ids: readonly number[]) => tokenizer.decode(ids);

    beforeAll(async () => {
      cases = JSON.parse(await readFile(new URL('tokens.json', fixtures), 'utf8'))[name].words;
      tokenizer = await loadTokenizer(folder);
    });

    it('are those of faster-whisper, also of bytes that are no UTF-8', () => {
      expect(cases.length).toBeGreaterThan(50);
      for (const { language, ids, words, tokens } of cases) {
        const found = splitWords(ids, language, decode);
        expect(found.map(({ word }) => word)).toEqual(words);
        expect(found.map((word) => word.tokens)).toEqual(tokens);
      }
    });

    it('keep every token, in order', () => {
      const id = fc.nat(tokenizer.tokenId('<|endoftext|>') ?? 0).map((one) => Math.max(0, one - 1));
      const language = fc.constantFrom('en', 'ja');
      fc.assert(
        fc.property(fc.array(id, { maxLength: 20 }), language, (ids, spoken) => {
          expect(splitWords(ids, spoken, decode).flatMap(({ tokens }) => tokens)).toEqual(ids);
        }),
        { numRuns: 200 },
      );
    });
  });
}

it('there are no words of no tokens', () => {
  expect(splitWords([], 'en', () => '')).toEqual([]);
});
