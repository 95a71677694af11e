import { describe, expect, it } from 'vitest';
import { type DetectedLanguage, detectLanguageOf } from './detect-language.js';

async function* windows(...found: readonly (readonly [string, number])[]): AsyncGenerator<DetectedLanguage> {
  for (const [language, probability] of found)
    yield { language, probability, probabilities: { [language]: probability } };
}

const of = async (threshold: number, ...found: readonly (readonly [string, number])[]) => {
  const { language, probability } = (await detectLanguageOf(windows(...found), threshold)) ?? {};
  return [language, probability];
};

describe('the language of several windows', () => {
  it('is that of the first one that is sure', async () => {
    expect(await of(0.5, ['en', 0.4], ['es', 0.8], ['de', 0.9])).toEqual(['es', 0.8]);
  });

  it('is what most say when none is sure, with its best probability', async () => {
    expect(await of(0.5, ['en', 0.45], ['es', 0.2], ['es', 0.3])).toEqual(['es', 0.3]);
  });

  it('is the first one when all differ', async () => {
    expect(await of(0.9, ['en', 0.1], ['es', 0.8])).toEqual(['en', 0.1]);
  });

  it('listens to no further window than it needs', async () => {
    async function* found() {
      yield* windows(['en', 0.9]);
      throw new Error('one window too many');
    }
    expect(await detectLanguageOf(found(), 0.5)).toMatchObject({ language: 'en' });
  });

  it('is unknown without windows', async () => {
    expect(await detectLanguageOf(windows(), 0.5)).toBeUndefined();
  });
});
