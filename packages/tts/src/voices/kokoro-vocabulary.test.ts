import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasReferences, kokoroReference } from '../testing/speech-reference.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { encodeKokoroPhonemes, kokoroVocabulary, readKokoroVocabulary } from './kokoro-vocabulary.js';

const folder = temporaryFolder();

function config(content: string): string {
  const file = path.join(folder, 'config.json');
  writeFileSync(file, content);
  return file;
}

describe("Kokoro's vocabulary", () => {
  it.skipIf(!hasReferences)('is the one that is published (needs ../shared)', () => {
    expect(Object.fromEntries(kokoroVocabulary)).toEqual(kokoroReference().vocab);
  });

  it.skipIf(!hasReferences)('gives the ids of the reference (needs ../shared)', () => {
    for (const { phonemes, ids } of kokoroReference().items) {
      expect(encodeKokoroPhonemes(phonemes, kokoroVocabulary).ids).toEqual(ids);
    }
  });

  it('reads a nasal vowel as a vowel and a tilde, and ç as one', () => {
    const { ids, places, phonemes } = encodeKokoroPhonemes('ɔ̃ɑ̃ãç', kokoroVocabulary);
    expect(ids).toEqual([76, 17, 69, 17, 43, 17, 78]);
    expect(places).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(phonemes).toBe('ɔ\u0303ɑ\u0303a\u0303ç');
  });

  it('leaves out what it lacks, told once each', () => {
    expect(encodeKokoroPhonemes('a☃g☃', kokoroVocabulary)).toMatchObject({ ids: [43], unknown: ['☃', 'g'] });
  });

  it("is that of the model's config.json where there is one", async () => {
    expect(await readKokoroVocabulary(config('{"vocab":{"a":7}}'))).toEqual(new Map([['a', 7]]));
    expect(await readKokoroVocabulary(config('{"dim":512}'))).toBe(kokoroVocabulary);
    expect(await readKokoroVocabulary(path.join(folder, 'nothing.json'))).toBe(kokoroVocabulary);
    expect(await readKokoroVocabulary(undefined)).toBe(kokoroVocabulary);
  });

  it.each(['{"vocab":{"a":-1}}', '{"vocab":{"a":"b"}}', '{"vocab":{'])(
    'refuses a damaged config.json: %s',
    async (content) => {
      await expect(readKokoroVocabulary(config(content))).rejects.toMatchObject({
        code: 'InvalidFormat',
        message: expect.stringContaining('config.json'),
      });
    },
  );
});
