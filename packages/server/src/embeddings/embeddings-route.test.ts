import { once } from 'node:events';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeEmbedder } from '../testing/fake-embedder.js';
import { errorOf, jsonOf } from '../testing/read-response.js';
import { post, type TestServer, testServer } from '../testing/test-server.js';

const embedder = fakeEmbedder();
let server: TestServer;
beforeAll(async () => {
  server = await testServer({ embedding: embedder.engine }, { limits: { inputs: 5 } });
});
afterAll(() => server[Symbol.asyncDispose]());

const embed = (body: object) => post(server.url, '/v1/embeddings', { model: 'embedding', ...body });
interface Answer {
  readonly data: readonly { readonly embedding: readonly number[] }[];
  readonly usage: object;
}
const png = 'data:image/png;base64,iVBORw0KGgo=';

describe('POST /v1/embeddings', () => {
  it('answers a text in the shape of the API', async () => {
    const response = await embed({ input: 'two words', user: 'me' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toEqual({
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [9, 0, Math.fround(0.1), 0] }],
      model: 'embedding',
      usage: { prompt_tokens: 2, total_tokens: 2 },
    });
  });

  it.each([
    ['texts', ['ab', 'c'], ['ab', 'c']],
    ['token ids', [1, 2, 3], [[1, 2, 3]]],
    ['lists of token ids', [[1, 2], [3]], [[1, 2], [3]]],
    ['objects with texts', ['ab', { text: 'c' }], ['ab', 'c']],
  ])('hands %s to the engine as they are', async (_, input, texts) => {
    expect((await embed({ input })).status).toBe(200);
    expect(embedder.calls.at(-1)?.texts).toEqual(texts);
  });

  it('gives base64 of little-endian floats, which is what the official client asks for', async () => {
    const response = await embed({ input: ['abc', 'd'], encoding_format: 'base64' });
    const { data: encoded } = await jsonOf<{ data: { embedding: string }[] }>(response);
    const bytes = Buffer.from(encoded[1]?.embedding ?? '', 'base64');
    expect([bytes.readFloatLE(0), bytes.readFloatLE(4), bytes.length]).toEqual([1, 1, 16]);
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none' });
    const { data } = await client.embeddings.create({ model: 'embedding', input: ['abc', 'd'] });
    expect(data.map(({ embedding }) => embedding)).toEqual([
      [3, 0, Math.fround(0.1), 0],
      [1, 1, Math.fround(0.1), 0],
    ]);
  });

  it('passes on dimensions, the prompt and how to truncate; null is as if left out', async () => {
    const body = await jsonOf<Answer>(
      await embed({ input: 'a', dimensions: 2, prompt_name: 'query', truncate: 'error' }),
    );
    expect(body.data[0]?.embedding).toEqual([1, 0]);
    expect(embedder.calls.at(-1)?.options).toMatchObject({ dimensions: 2, promptName: 'query', truncate: 'error' });
    const rest = { dimensions: null, prompt_name: null, truncate: null, encoding_format: null, user: null };
    expect((await embed({ input: 'a', ...rest })).status).toBe(200);
    expect(Object.keys(embedder.calls.at(-1)?.options ?? {})).toEqual(['signal']);
  });

  it('embeds images of data URLs among texts, in the order of the request', async () => {
    const body = await jsonOf<Answer>(await embed({ input: [{ image: png }, 'abc', { image: png }] }));
    expect(body.data.map(({ embedding }) => embedding[0])).toEqual([-8, 3, -8]);
    expect(embedder.images.at(-1)).toEqual(Buffer.from('89504e470d0a1a0a', 'hex'));
    expect(body.usage).toEqual({ prompt_tokens: 1, total_tokens: 1 });
  });

  it('counts no tokens for images alone', async () => {
    const body = await jsonOf<Answer>(await embed({ input: [{ image: png }] }));
    expect(body.usage).toEqual({ prompt_tokens: 0, total_tokens: 0 });
  });

  it.each([
    'http://127.0.0.1/cat.png',
    'https://example.com/cat.png',
    'file:///etc/passwd',
    '/etc/passwd',
    'iVBORw0KGgo=',
    'data:image/png,raw',
    'data:image/png;base64,',
    'data:image/png;base64,not base64!',
    'data:image/png;base64,/etc/passwd#',
    ' data:image/png;base64,iVBORw0KGgo=',
  ])('refuses the image %s', async (image) => {
    const before = embedder.images.length;
    const response = await embed({ input: ['a', { image }] });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ type: 'invalid_request_error', param: 'input[1].image' });
    expect(embedder.images.length).toBe(before);
  });

  const long = 'word '.repeat(101).trim();
  it.each([
    ['no input', {}, 'input', /missing/],
    ['an empty text', { input: '' }, 'input', /is empty/],
    ['an empty list', { input: [] }, 'input', /at least 1 element/],
    ['an empty text in a list', { input: ['a', ''] }, 'input[1]', /is empty/],
    ['no token ids', { input: ['a', []] }, 'input[1]', /./],
    ['more than there may be', { input: ['a', 'b', 'c', 'd', 'e', 'f'] }, 'input', /more than 5/],
    ['another type', { input: 5 }, 'input', /must be string or array/],
    ['another type in a list', { input: ['a', true] }, 'input[1]', /must be string/],
    ['token ids below 0', { input: [1, -1] }, 'input[1]', />= 0/],
    ['token ids with a fraction', { input: [[1.5]] }, 'input[0][0]', /integer/],
    ['an object of neither', { input: [{ url: 'x' }] }, 'input[0]', /./],
    ['an object of both', { input: [{ text: 'a', image: png }] }, 'input[0]', /./],
    ['dimensions of 0', { input: 'a', dimensions: 0 }, 'dimensions', />= 1/],
    ['more dimensions than there are', { input: 'a', dimensions: 5 }, 'dimensions', /have 4 values/],
    ['dimensions of an image', { input: [{ image: png }], dimensions: 2 }, 'dimensions', /image/],
    ['an unknown prompt', { input: 'a', prompt_name: 'title' }, 'prompt_name', /Its prompts: query/],
    ['a prompt without texts', { input: [{ image: png }], prompt_name: 'query' }, 'prompt_name', /texts/],
    ['truncation without texts', { input: [{ image: png }], truncate: 'end' }, 'truncate', /Texts/],
    ['another encoding', { input: 'a', encoding_format: 'int8' }, 'encoding_format', /float, base64/],
    ['an unknown field', { input: 'a', normalize: true }, 'normalize', /no field/],
    [
      'a text that is too long',
      { input: [{ image: png }, 'a', long], truncate: 'error' },
      'input[2]',
      /^input\[2\] has more/,
    ],
    ['a single text that is too long', { input: long, truncate: 'error' }, 'input', /^input has more/],
    ['a damaged image', { input: [{ image: 'data:image/png;base64,AA==' }] }, 'input[0].image', /format/],
    ['another model', { input: 'a', model: 'nobody' }, 'model', /no model "nobody"/],
  ])('refuses %s', async (_, body, param, message) => {
    const response = await embed(body);
    const error = await errorOf(response);
    expect(response.status).toBe('model' in body ? 404 : 400);
    expect(error).toMatchObject({ type: 'invalid_request_error', message: expect.stringMatching(message) });
    expect(`${error.param}.`.startsWith(`${param}.`)).toBe(true);
  });
});

it('says of a model that reads only text that it does', async () => {
  await using texts = await testServer({ embedding: fakeEmbedder({ readsImages: false }).engine });
  const response = await post(texts.url, '/v1/embeddings', { model: 'embedding', input: [{ image: png }] });
  expect(response.status).toBe(400);
  expect(await errorOf(response)).toMatchObject({
    param: 'input[0].image',
    message: 'fake-embedder reads only text.',
  });
});

it('ends the texts and the other images when one image fails', async () => {
  let isEnded = false;
  const { engine } = fakeEmbedder({
    before: async (signal) => {
      await once(signal as AbortSignal, 'abort');
      isEnded = true;
    },
  });
  await using several = await testServer({ embedding: engine });
  const input = ['a', { image: 'data:image/png;base64,AA==' }];
  expect((await post(several.url, '/v1/embeddings', { model: 'embedding', input })).status).toBe(400);
  expect(isEnded).toBe(true);
});
