import { expect, it } from 'vitest';
import { type Answer, fakeServer, json } from '../testing/fake-server.js';
import { openEngine } from '../testing/open-engine.js';

/** A document says its own score. */
const scores: Answer = (response, request) => {
  const { documents } = JSON.parse(request.text);
  const results = documents.map((document: string, index: number) => ({ index, relevance_score: Number(document) }));
  return json({ results: results.reverse(), usage: { total_tokens: documents.length } })(response, request);
};

it('orders documents of several requests, with logits of their probabilities', async () => {
  await using server = await fakeServer([scores]);
  await using opened = await openEngine('reranking', [server.url], {}, { maxBatchSize: 2 });
  const { results, usage, model } = await opened.engine.rerank('q', ['0.5', '0.9', '0', '1', '0.2']);
  expect(results.map(({ index, relevanceScore }) => [index, relevanceScore])).toEqual([
    [3, 1],
    [1, 0.9],
    [0, 0.5],
    [4, 0.2],
    [2, 0],
  ]);
  expect(results[1]?.score).toBeCloseTo(Math.log(9), 12);
  expect(results[2]?.score).toBe(0);
  expect(results.every(({ score }) => Number.isFinite(score))).toBe(true);
  expect({ usage, model, requests: server.requests.length }).toEqual({
    usage: { promptTokens: 5 },
    model: 'model',
    requests: 3,
  });
});

it('takes very many documents at once', async () => {
  await using server = await fakeServer([scores]);
  const many = 150_000;
  await using opened = await openEngine('reranking', [server.url], {}, { maxBatchSize: many, features: [] });
  const { results } = await opened.engine.rerank('q', Array<string>(many).fill('0.5'), { topN: 1 });
  expect(results).toMatchObject([{ index: 0, relevanceScore: 0.5 }]);
});

it('gives only the best, and their texts, when asked to', async () => {
  await using server = await fakeServer([scores]);
  await using opened = await openEngine('reranking', [server.url]);
  const { results } = await opened.engine.rerank('q', ['0.5', '0.9'], { topN: 1, returnDocuments: true });
  expect(results).toMatchObject([{ index: 1, document: '0.9' }]);
});

it('takes logits where the configuration says so', async () => {
  await using server = await fakeServer([scores]);
  await using opened = await openEngine('reranking', [server.url], {}, { scores: 'logit' });
  const { results } = await opened.engine.rerank('q', ['-3']);
  expect(results[0]).toMatchObject({ score: -3, relevanceScore: 1 / (1 + Math.exp(3)) });
});

it.each([
  [
    'a score that is no probability',
    { results: [{ index: 0, relevance_score: 4 }], usage: { total_tokens: 1 } },
    /scores: 'logit'/,
  ],
  ['no score', { results: [{ index: 0 }], usage: { total_tokens: 1 } }, /relevance_score/],
  [
    'a document of nobody',
    { results: [{ index: 3, relevance_score: 0.5 }], usage: { total_tokens: 1 } },
    /each document/,
  ],
  ['no document', { results: [], usage: { total_tokens: 1 } }, /each document/],
  ['no usage', { results: [{ index: 0, relevance_score: 0.5 }], usage: {} }, /total_tokens/],
])('refuses an answer with %s', async (_, answer, message) => {
  await using server = await fakeServer([json(answer)]);
  await using opened = await openEngine('reranking', [server.url]);
  await expect(opened.engine.rerank('q', ['a'])).rejects.toMatchObject({
    code: 'Backend',
    message: expect.stringMatching(message),
  });
});
