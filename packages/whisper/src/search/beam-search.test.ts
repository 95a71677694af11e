import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DecodingLoop } from '../engine/decoding-loop.js';
import { runSearch } from '../testing/expected-search.js';
import { type OpenRunner, openRunner } from '../testing/open-runner.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { copyTinyModel, expectedOf, melOf } from '../testing/tiny-models.js';

const folder = temporaryFolder();

for (const model of ['huggingface', 'ctranslate2'] as const) {
  describe(`searches with the ${model} model find what ctranslate2 finds`, () => {
    let open: OpenRunner;
    let loop: DecodingLoop;
    const { melBins, searches } = expectedOf(model);

    beforeAll(async () => {
      open = await openRunner(copyTinyModel(model, folder), folder);
      loop = new DecodingLoop(open.runner);
    });
    afterAll(() => open.runner.dispose());

    it.each(searches.map((expected, index) => ({ index, expected })))('search $index', async ({ expected }) => {
      const window = await loop.encode(melOf(expected.melSeed, melBins), undefined, 'Hearing');
      const found = await runSearch(open, loop, window, expected);
      loop.release(window);
      const { prefix, tokens } = expected;
      expect([...prefix, ...found.tokens]).toEqual(tokens);
      expect(found.sumLogProb / tokens.length ** expected.lengthPenalty).toBeCloseTo(expected.score, 3);
      expect(found.noSpeech).toBeCloseTo(expected.noSpeech, 5);
    });
  });
}
