import { getEventListeners } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EmbedEngine } from '@ferrum/interfaces';
import { expect, it } from 'vitest';
import { type Answer, failing, fakeServer, json } from '../testing/fake-server.js';
import { openEngine } from '../testing/open-engine.js';

const known = { dimensions: 3 };

/** A text's embedding is its length, 0 and −1; a list of ids' their number. Given in base64, or as numbers. */
function embedding(asked: string | readonly number[] | { readonly image: string }, isBase64: boolean) {
  const length = typeof asked === 'object' && 'image' in asked ? asked.image.length : asked.length;
  const values = Float32Array.of(length, 0, -1);
  return isBase64 ? Buffer.from(values.buffer).toString('base64') : [...values];
}

function embeddings(isBase64 = true): Answer {
  return (response, request) => {
    const { input } = JSON.parse(request.text);
    const data = input.map((one: string, index: number) => ({ index, embedding: embedding(one, isBase64) }));
    return json({ data: data.reverse(), usage: { prompt_tokens: input.length } })(response, request);
  };
}

it.each([true, false])('reads embeddings in base64 (%s) or as numbers, in their order', async (isBase64) => {
  await using server = await fakeServer([embeddings(isBase64)]);
  await using opened = await openEngine('embedding', [server.url], {}, known);
  const result = await opened.engine.embedTexts(['a', 'bcd', [7, 8]]);
  expect(result).toMatchObject({ encoding: 'float', dimensions: 3, model: 'model', usage: { promptTokens: 3 } });
  expect(result.embeddings.map((vector) => [...vector])).toEqual([
    [1, 0, -1],
    [3, 0, -1],
    [2, 0, -1],
  ]);
});

it('takes embeddings of very many values, as it does many at once', async () => {
  const many = 200_000;
  const values = new Float32Array(many).fill(1);
  const answer = json({
    data: [{ index: 0, embedding: Buffer.from(values.buffer).toString('base64') }],
    usage: { prompt_tokens: 1 },
  });
  await using server = await fakeServer([answer]);
  await using opened = await openEngine('embedding', [server.url], {}, { dimensions: many });
  const dimensions = many - 100_000;
  const cut = await opened.engine.embedText('a', { dimensions });
  expect(cut).toHaveLength(dimensions);
  expect(cut[0]).toBeCloseTo(1 / Math.sqrt(dimensions), 8);
});

it('leaves nothing at a signal that lives on', async () => {
  await using server = await fakeServer([embeddings()]);
  await using opened = await openEngine('embedding', [server.url], {}, { ...known, maxBatchSize: 1 });
  const { signal } = new AbortController();
  await opened.engine.embedTexts(['a', 'b', 'c'], { signal });
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('asks a server how long an embedding is, unless the configuration says so', async () => {
  await using server = await fakeServer([embeddings()]);
  await using opened = await openEngine('embedding', [server.url]);
  expect(opened.engine.embeddingDim()).toBe(3);
  expect(server.requests).toHaveLength(1);
});

it('fails to open when no server answers', async () => {
  await using server = await fakeServer([failing(500)]);
  await expect(openEngine('embedding', [server.url])).rejects.toMatchObject({ code: 'Backend' });
});

it('divides many texts among requests and servers, and tells how far it is', async () => {
  await using first = await fakeServer([embeddings()]);
  await using second = await fakeServer([embeddings()]);
  await using opened = await openEngine('embedding', [first.url, second.url], {}, { ...known, maxBatchSize: 2 });
  const told: number[] = [];
  const texts = Array.from({ length: 9 }, (_, index) => 'x'.repeat(index + 1));
  const { embeddings: found } = await opened.engine.embedTexts(texts, {
    onProgress: ({ completed, total }) => told.push(completed / total),
  });
  expect(found.map(([length]) => length)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(first.requests.length + second.requests.length).toBe(5);
  expect(Math.abs(first.requests.length - second.requests.length)).toBeLessThanOrEqual(1);
  expect(told.at(-1)).toBe(1);
});

it('ends the other requests of a call when one fails', async () => {
  await using server = await fakeServer([() => undefined, failing(400)]);
  await using opened = await openEngine('embedding', [server.url], {}, { ...known, maxBatchSize: 1 });
  await expect(opened.engine.embedTexts(['a', 'b'])).rejects.toMatchObject({ code: 'RequestValidation' });
  await server.requests[0]?.aborted;
});

it('cuts, encodes and puts prompts before texts itself', async () => {
  await using server = await fakeServer([embeddings()]);
  await using opened = await openEngine('embedding', [server.url], {}, { ...known, prompts: { query: 'q: ' } });
  const { engine } = opened;
  expect(engine.promptNames).toEqual(['query']);
  expect([...(await engine.embedText('a', { promptName: 'query' }))]).toEqual([4, 0, -1]);
  expect(JSON.parse(server.requests[0]?.text ?? '').input).toEqual(['q: a']);
  expect([...(await engine.embedText('abcd', { dimensions: 2 }))]).toEqual([1, 0]);
  const int8 = await engine.embedTexts(['abcd'], { encoding: 'int8' });
  expect([...(int8.embeddings[0] ?? [])]).toEqual([127, 0, -32]);
  const binary = await engine.embedTexts(['abcd'], { encoding: 'binary' });
  expect([...(binary.embeddings[0] ?? [])]).toEqual([0b1000_0000]);
});

it.each([
  ['an embedding too few', { data: [{ index: 0, embedding: [1, 2, 3] }], usage: { prompt_tokens: 1 } }],
  ['one index twice', { data: [0, 0].map((index) => ({ index, embedding: [1, 2, 3] })), usage: { prompt_tokens: 1 } }],
  [
    'a value that is none',
    { data: [0, 1].map((index) => ({ index, embedding: [1, null, 3] })), usage: { prompt_tokens: 1 } },
  ],
  [
    'not a number in base64',
    { data: [0, 1].map((index) => ({ index, embedding: 'AADAfwAAwH8AAMB/' })), usage: { prompt_tokens: 1 } },
  ],
  [
    'half a value in base64',
    { data: [0, 1].map((index) => ({ index, embedding: 'AAAA' })), usage: { prompt_tokens: 1 } },
  ],
  [
    'what is no base64',
    { data: [0, 1].map((index) => ({ index, embedding: 'AACA PwAA!gD8AAIA/' })), usage: { prompt_tokens: 1 } },
  ],
  ['another length', { data: [0, 1].map((index) => ({ index, embedding: [1, 2] })), usage: { prompt_tokens: 1 } }],
  ['no usage', { data: [0, 1].map((index) => ({ index, embedding: [1, 2, 3] })) }],
])('refuses an answer with %s', async (_, answer) => {
  await using server = await fakeServer([json(answer)]);
  await using opened = await openEngine('embedding', [server.url], {}, known);
  await expect(opened.engine.embedTexts(['a', 'b'])).rejects.toMatchObject({ code: 'Backend' });
});

it('sends images to a Ferrum, and truncate', async () => {
  await using server = await fakeServer([embeddings()]);
  await using opened = await openEngine('embedding', [server.url], { api: 'ferrum' }, known);
  const file = path.join(tmpdir(), `image-${process.pid}`);
  await writeFile(file, 'bytes');
  await opened.engine.embedImage(Buffer.from('bytes'));
  await opened.engine.embedImage(file);
  const inputs = server.requests.map(({ text }) => JSON.parse(text).input);
  expect(inputs).toEqual(Array(2).fill([{ image: 'data:;base64,Ynl0ZXM=' }]));
  await expect(opened.engine.embedImage('no-such-file.png')).rejects.toMatchObject({ code: 'NotFound' });
  await opened.engine.embedText('a', { truncate: 'error' });
  expect(JSON.parse(server.requests[2]?.text ?? '')).toMatchObject({ truncate: 'error' });
});

it('refuses what OpenAI has no field for', async () => {
  await using server = await fakeServer([embeddings()]);
  await using opened = await openEngine('embedding', [server.url], {}, known);
  const { engine } = opened;
  await expect(engine.embedImage(Buffer.from('x'))).rejects.toMatchObject({ code: 'Unsupported' });
  await expect(engine.embedText('a', { truncate: 'end' })).rejects.toMatchObject({ code: 'Unsupported' });
  await expect(engine.embedText('a', { promptName: 'query' })).rejects.toMatchObject({ code: 'Unsupported' });
  await expect(engine.embedText('a', { dimensions: 4 })).rejects.toMatchObject({ code: 'InvalidParameter' });
  await expect(engine.embedTexts(['a', ''])).rejects.toMatchObject({
    code: 'RequestValidation',
    message: expect.stringContaining('texts[1] is empty'),
  });
  expect(server.requests).toEqual([]);
});

it('sends an empty text to a Ferrum, and after a prompt to any server', async () => {
  await using server = await fakeServer([
    (response, request) => {
      const data = [{ index: 0, embedding: [1, 0, 0] }];
      return json({ data, usage: { prompt_tokens: 2 } })(response, request);
    },
  ]);
  await using ferrum = await openEngine('embedding', [server.url], { api: 'ferrum' }, known);
  await ferrum.engine.embedText('');
  await using other = await openEngine('embedding', [server.url], {}, { ...known, prompts: { query: 'q: ' } });
  await other.engine.embedText('', { promptName: 'query' });
  expect(server.requests.map(({ text }) => JSON.parse(text).input)).toEqual([[''], ['q: ']]);
});

it.each([
  ['dimensions', (engine: EmbedEngine) => engine.embedText('a', { dimensions: 2 })],
  ['output-quantization', (engine: EmbedEngine) => engine.embedTexts(['a'], { encoding: 'int8' })],
  ['token-input', (engine: EmbedEngine) => engine.embedTexts(['a', [1, 2]])],
  ['truncation', (engine: EmbedEngine) => engine.embedText('a', { truncate: 'end' })],
  ['image', (engine: EmbedEngine) => engine.embedImage(Buffer.from('x'))],
])('refuses %s before anything is sent where the configuration leaves it out', async (feature, use) => {
  await using server = await fakeServer([embeddings()]);
  const model = { ...known, features: ['batching'] };
  await using opened = await openEngine('embedding', [server.url], { api: 'ferrum' }, model);
  await expect(use(opened.engine)).rejects.toMatchObject({ code: 'Unsupported', details: { feature } });
  expect(server.requests).toEqual([]);
});
