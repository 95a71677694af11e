import { describe, expect, it } from 'vitest';
import {
  ggufFixtures,
  loadGgufFixture,
  loadOnnxRerankFixture,
  loadOnnxSentenceFixture,
} from './fixtures/load-fixture.js';
import { largestDifference } from './testing/differences.js';
import { opener } from './testing/open-fixture.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const open = opener(temporaryFolder());

describe.each(ggufFixtures)('the GGUF file %s', (name) => {
  it('gives the embeddings of its weights', async () => {
    const { location, texts } = loadGgufFixture(name);
    await using engine = await open.embed(location, { normalize: false });
    const { embeddings, usage } = await engine.embedTexts(texts.map(({ text }) => text));
    for (const [i, { embedding }] of texts.entries()) {
      expect(largestDifference(embeddings[i] as Float32Array, embedding)).toBeLessThan(1e-5);
    }
    expect(usage.promptTokens).toBe(texts.reduce((sum, { ids }) => sum + ids.length, 0));
  });
});

describe('ready-made ONNX files', () => {
  it('give hidden states that are pooled as the files of sentence-transformers say', async () => {
    const { location, texts } = loadOnnxSentenceFixture();
    await using engine = await open.embed(location);
    const { embeddings } = await engine.embedTexts(texts.map(({ text }) => text));
    for (const [i, { embedding }] of texts.entries()) {
      expect(largestDifference(embeddings[i] as Float32Array, embedding)).toBeLessThan(1e-5);
    }
  });

  it('score pairs', async () => {
    const { location, pairs } = loadOnnxRerankFixture();
    await using engine = await open.rerank(location);
    for (const { query, document, logit } of pairs) {
      const { results } = await engine.rerank(query, [document]);
      expect(results[0]?.score).toBeCloseTo(logit, 4);
    }
  });

  it('are not converted to 8 bits', async () => {
    const opening = open.embed(loadOnnxSentenceFixture().location, { quantization: 'int8' });
    await expect(opening).rejects.toMatchObject({ code: 'Unsupported', message: expect.stringContaining('int8') });
  });
});
