import { describe, expect, it } from 'vitest';
import { fakeEmbedder, fakeReranker } from '../testing/fake-embedder.js';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { collect, connect } from './testing/client.js';

const model = 'embedding';

describe('embeddings.create', () => {
  it('gives by default, which is base64, the numbers that it gives as floats', async () => {
    const { client } = await connect({ embedding: fakeEmbedder().engine });
    const input = ['a', 'three words here'];
    const byDefault = await client.embeddings.create({ model, input });
    const floats = await client.embeddings.create({ model, input, encoding_format: 'float' });
    const base64 = await client.embeddings.create({ model, input, encoding_format: 'base64' });
    expect(byDefault.data).toEqual(floats.data);
    expect(byDefault.data.map(({ index }) => index)).toEqual([0, 1]);
    expect(byDefault.data[1]?.embedding).toEqual([16, 1, Math.fround(0.1), 0]);
    expect(byDefault.usage).toEqual({ prompt_tokens: 4, total_tokens: 4 });
    expect(base64.data[0]?.embedding).toBeTypeOf('string');
  });

  it('takes a text, token ids, dimensions and user', async () => {
    const { client } = await connect({ embedding: fakeEmbedder().engine });
    const text = await client.embeddings.create({ model, input: 'four', dimensions: 2, user: 'ann' });
    expect(text.data[0]?.embedding).toEqual([4, 0]);
    const ids = await client.embeddings.create({ model, input: [1, 2, 3] });
    expect(ids.data[0]?.embedding[0]).toBe(6);
    const several = await client.embeddings.create({ model, input: [[1], [2, 3]] });
    expect(several.data.map(({ embedding }) => embedding[0])).toEqual([1, 5]);
  });
});

describe('models', () => {
  it('are listed and found, those with a slash in the name too', async () => {
    const { client } = await connect(
      { embedding: fakeEmbedder().engine },
      { models: ['embedding', { model: 'embedding+2', id: 'org/name:tag', aliases: ['text-embedding-3-small'] }] },
    );
    const models = await collect(client.models.list());
    expect(models.map(({ id }) => id)).toEqual(['embedding', 'org/name:tag']);
    expect(await client.models.retrieve('org/name:tag')).toMatchObject({ id: 'org/name:tag', owned_by: 'ferrum' });
    expect(await client.models.retrieve('text-embedding-3-small')).toMatchObject({ id: 'org/name:tag' });
    expect((await client.embeddings.create({ model: 'text-embedding-3-small', input: 'a' })).data).toHaveLength(1);
  });
});

describe('what OpenAI does not have', () => {
  it('is there through the client too', async () => {
    const { client, baseURL } = await connect({
      reranking: fakeReranker(),
      'text-generation': fakeLanguageModel().engine,
    });
    const body = { model: 'reranking', query: 'a b', documents: ['c', 'a b'], top_n: 1 };
    expect(await client.post('/rerank', { body })).toMatchObject({
      results: [{ index: 1, document: { text: 'a b' } }],
    });
    const tokens = { model: 'text-generation', content: 'one two' };
    expect(await client.post(new URL('/tokenize', baseURL).href, { body: tokens })).toMatchObject({ tokens: [3, 4] });
    const ids = { model: 'text-generation', tokens: [3, 4] };
    expect(await client.post(new URL('/detokenize', baseURL).href, { body: ids })).toEqual({ content: 'xxx xxxx' });
  });
});
