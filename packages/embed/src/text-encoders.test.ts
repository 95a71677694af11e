import { describe, expect, it } from 'vitest';
import { loadSentenceFixture, loadTextFixture, sentenceFixtures, textFixtures } from './fixtures/load-fixture.js';
import { largestDifference } from './testing/differences.js';
import { hiddenStates } from './testing/hidden-states.js';
import { opener } from './testing/open-fixture.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const folder = temporaryFolder();
const open = opener(folder);

describe.each(textFixtures)('the encoder %s', (name) => {
  const { location, texts } = loadTextFixture(name);

  it('computes the hidden states of transformers, padded and side by side', async () => {
    const states = await hiddenStates(
      location,
      texts.map(({ ids }) => ids),
      folder,
    );
    for (const [i, { hidden }] of texts.entries()) {
      expect(largestDifference(states[i] as Float32Array, hidden)).toBeLessThan(1e-4);
    }
  });

  it('computes of each text alone what it computes of it in a batch', async () => {
    const ids = texts.map((text) => text.ids);
    const together = await hiddenStates(location, ids, folder);
    for (const [i, one] of ids.entries()) {
      const [alone] = await hiddenStates(location, [one], folder);
      expect(largestDifference(alone as Float32Array, together[i] as Float32Array)).toBeLessThan(2e-6);
    }
  });

  it('reads as many tokens as the tokenizers library gives', async () => {
    await using engine = await open.embed(location);
    for (const { text, prompt, ids } of texts) {
      const { usage } = await engine.embedTexts([text], prompt === undefined ? {} : { promptName: prompt });
      expect(usage.promptTokens).toBe(ids.length);
    }
  });
});

describe.each(sentenceFixtures)('the model %s', (name) => {
  it('gives the embeddings of sentence-transformers, for texts and for tokens', async () => {
    const { location, texts } = loadSentenceFixture(name);
    await using engine = await open.embed(location);
    for (const { text, prompt, ids, embedding } of texts) {
      const options = prompt === undefined ? {} : { promptName: prompt };
      const ofText = await engine.embedTexts([text], options);
      expect(largestDifference(ofText.embeddings[0] as Float32Array, embedding)).toBeLessThan(1e-5);
      const ofTokens = await engine.embedTexts([ids]);
      expect(largestDifference(ofTokens.embeddings[0] as Float32Array, embedding)).toBeLessThan(1e-5);
    }
  });
});
