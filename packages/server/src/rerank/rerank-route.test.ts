import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeReranker } from '../testing/fake-embedder.js';
import { errorOf, jsonOf } from '../testing/read-response.js';
import { post, type TestServer, testServer } from '../testing/test-server.js';

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ reranking: fakeReranker() }, { limits: { inputs: 4 } });
});
afterAll(() => server[Symbol.asyncDispose]());

const rerank = (body: object) =>
  post(server.url, '/v1/rerank', { model: 'reranking', query: 'red fox', documents: ['blue', 'red fox'], ...body });

const manyFields = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`k${index}`, 1]));

interface Answer {
  readonly results: readonly { readonly index: number; readonly document?: object }[];
}

describe('POST /v1/rerank', () => {
  it("answers in Jina's shape, best first", async () => {
    const response = await rerank({});
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      model: 'reranking',
      object: 'list',
      usage: { total_tokens: 7, prompt_tokens: 7 },
      results: [
        { index: 1, relevance_score: 1 / (1 + Math.exp(-2)), document: { text: 'red fox' } },
        { index: 0, relevance_score: 1 / (1 + Math.exp(1)), document: { text: 'blue' } },
      ],
    });
  });

  it('gives only the best so many, and no documents where none are wanted', async () => {
    const { results } = await jsonOf<Answer>(await rerank({ top_n: 1, return_documents: false }));
    expect(results).toEqual([{ index: 1, relevance_score: expect.any(Number) }]);
    expect((await jsonOf<Answer>(await rerank({ top_n: 10 }))).results).toHaveLength(2);
    expect((await jsonOf<Answer>(await rerank({ top_n: null, return_documents: null }))).results[0]?.document).toEqual({
      text: 'red fox',
    });
  });

  it('takes documents and the query as objects, and gives back what else was in them', async () => {
    const documents = [{ text: 'blue', id: 7 }, { text: 'red', tag: 'x', image: null }, ''];
    const { results } = await jsonOf<Answer>(await rerank({ query: { text: 'red' }, documents }));
    expect(results[0]).toMatchObject({ index: 1, document: { text: 'red', tag: 'x' } });
    expect(results.find(({ index }) => index === 0)?.document).toEqual({ text: 'blue', id: 7 });
  });

  it('leaves it to the engine what an empty query is', async () => {
    for (const query of ['', { text: '' }]) {
      const response = await rerank({ query });
      expect(response.status).toBe(200);
      expect((await jsonOf<Answer>(response)).results).toHaveLength(2);
    }
  });

  it.each([
    ['no query', { query: undefined }, 'query', /missing/],
    ['no documents', { documents: [] }, 'documents', /at least 1 element/],
    ['more documents than there may be', { documents: ['a', 'b', 'c', 'd', 'e'] }, 'documents', /at most 4/],
    ['a number among documents', { documents: ['a', 5] }, 'documents[1]', /must be string or object/],
    ['a document without a text', { documents: [{ id: 1 }] }, 'documents[0].text', /missing/],
    [
      'more than a value beside a text',
      { documents: [{ text: 'a', tags: ['x'] }] },
      'documents[0].tags',
      /must be string/,
    ],
    ['a document of very many fields', { documents: ['a', manyFields] }, 'documents[1]', /at most 64 fields/],
    ['an image', { documents: [{ text: 'a', image: 'data:,x' }] }, 'documents[0].image', /not reranked/],
    ['an image as query', { query: { text: 'a', image: 'http://x' } }, 'query.image', /not reranked/],
    ['top_n of 0', { top_n: 0 }, 'top_n', />= 1/],
    ['an unknown field', { rank_fields: ['text'] }, 'rank_fields', /no field/],
    ['what the engine refuses', { documents: ['a', 'word '.repeat(101).trim()] }, 'documents[1]', /more than the 100/],
  ])('refuses %s', async (_, body, param, message) => {
    const response = await rerank(body);
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({
      type: 'invalid_request_error',
      param,
      message: expect.stringMatching(message),
    });
  });
});
