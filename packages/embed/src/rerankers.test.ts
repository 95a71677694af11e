import { describe, expect, it } from 'vitest';
import { loadRerankFixture, rerankFixtures } from './fixtures/load-fixture.js';
import { opener } from './testing/open-fixture.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const open = opener(temporaryFolder());

describe.each(rerankFixtures)('the reranker %s', (name) => {
  const { location, pairs } = loadRerankFixture(name);

  it('gives the logits of transformers, and reads as many tokens', async () => {
    await using engine = await open.rerank(location);
    for (const { query, document, ids, logit } of pairs) {
      const { results, usage } = await engine.rerank(query, [document]);
      expect(results[0]?.score).toBeCloseTo(logit, 4);
      expect(results[0]?.relevanceScore).toBeCloseTo(1 / (1 + Math.exp(-logit)), 5);
      expect(usage.promptTokens).toBe(ids.length);
    }
  });

  it('orders documents by score, best first, and cuts the list', async () => {
    await using engine = await open.rerank(location);
    const [first] = pairs;
    const documents = pairs.map(({ document }) => document);
    const all = await engine.rerank(first?.query ?? '', documents, { returnDocuments: true });
    const scores = all.results.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(all.results.map(({ document }) => document)).toEqual(all.results.map(({ index }) => documents[index]));
    const best = await engine.rerank(first?.query ?? '', documents, { topN: 1 });
    expect(best.results).toEqual([
      { index: all.results[0]?.index, score: scores[0], relevanceScore: expect.any(Number) },
    ]);
  });
});
