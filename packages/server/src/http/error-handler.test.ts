import { FerrumError } from '@ferrum/registry/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withDefaults } from '../options/server-settings.js';
import { fakeEmbedder } from '../testing/fake-embedder.js';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { errorOf } from '../testing/read-response.js';
import { post, type TestServer, testServer } from '../testing/test-server.js';
import { newApp } from './new-app.js';

const language = fakeLanguageModel({ answer: () => answer() });
let answer: () => readonly (string | Error)[] = () => ['hi'];
let server: TestServer;
beforeAll(async () => {
  server = await testServer(
    { 'text-generation': language.engine, embedding: fakeEmbedder().engine },
    {
      models: [
        'text-generation',
        { model: 'embedding', id: 'org/name:tag' },
        { model: 'embedding+broken', id: 'broken' },
      ],
      limits: { jsonBytes: 10_000 },
    },
  );
});
afterAll(() => server[Symbol.asyncDispose]());

const send = (path: string, init: RequestInit) => fetch(`${server.url}${path}`, init);
const sendText = (body: string, type = 'application/json') =>
  send('/v1/chat/completions', { method: 'POST', body, headers: { 'content-type': type } });
const messages = [{ role: 'user', content: 'hello' }];
const chat = (body: object) =>
  post(server.url, '/v1/chat/completions', { model: 'text-generation', messages, ...body });

describe('a request that is wrong', () => {
  it.each([
    ['is no JSON', '{"model": ', 'application/json', 400, 'invalid_json'],
    ['has no body', '', 'application/json', 400, 'invalid_json'],
    ['is JSON of another kind', '[1]', 'application/json', 400, 'invalid_value'],
    ['is null', 'null', 'application/json', 400, 'invalid_value'],
    ['is too large', `{"model": "${'x'.repeat(10_000)}"}`, 'application/json', 413, 'request_too_large'],
    ['is plain text', 'hello', 'text/plain', 415, 'unsupported_media_type'],
    ['is a form', 'a=b', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    ['is of no known type', 'a', 'nonsense', 415, 'unsupported_media_type'],
  ])('%s', async (_, body, type, status, code) => {
    const response = await sendText(body, type);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const error = await errorOf(response);
    expect(error).toMatchObject({ type: 'invalid_request_error', param: null });
    expect(error.code).toBe(code);
  });

  it('has a file where JSON is read', async () => {
    const body = new FormData();
    body.set('file', new Blob(['a']), 'a');
    const response = await send('/v1/chat/completions', { method: 'POST', body });
    expect(response.status).toBe(415);
    expect(await errorOf(response)).toMatchObject({
      code: 'unsupported_media_type',
      message: expect.stringMatching(/Send application\/json\.$/),
    });
  });

  it('has JSON where a form is read', async () => {
    const response = await post(server.url, '/v1/audio/transcriptions', { model: 'text-generation' });
    expect(response.status).toBe(415);
    expect(await errorOf(response)).toMatchObject({
      code: 'unsupported_media_type',
      message: expect.stringMatching(/Send multipart\/form-data\.$/),
    });
  });

  it('lists what a field may be, without the null that every field may be', async () => {
    const { message } = await errorOf(await chat({ priority: 'urgent' }));
    expect(message).toMatch(/: low, normal, high, critical\.$/);
  });

  it.each([
    ['leaves a field out', { messages: undefined }, 'messages', 'missing_required_parameter', /missing/],
    ['has an unknown field', { temprature: 1 }, 'temprature', 'unknown_parameter', /no field `temprature`/],
    [
      'has an unknown nested field',
      { messages: [{ ...messages[0], mood: 1 }] },
      'messages[0].mood',
      'unknown_parameter',
      /mood/,
    ],
    [
      'leaves a nested field out',
      { messages: [{ content: 'a' }] },
      'messages[0].role',
      'missing_required_parameter',
      /missing/,
    ],
    ['has a wrong value', { temperature: 3 }, 'temperature', 'invalid_value', /<= 2/],
    ['has a wrong type', { temperature: '1' }, 'temperature', 'invalid_value', /must be number/],
    [
      'has a wrong nested value',
      { messages: [{ role: 'me', content: '' }] },
      'messages[0].role',
      'invalid_value',
      /system, developer/,
    ],
    ['lists no tools', { tools: [] }, 'tools', 'invalid_value', /at least 1 element/],
    [
      'asks for what is not there',
      { prediction: {} },
      'prediction',
      'unsupported_parameter',
      /not supported.*Leave it/,
    ],
    [
      'asks for it in a message',
      { messages: [{ ...messages[0], audio: { id: 'a' } }] },
      'messages[0].audio',
      'unsupported_parameter',
      /./,
    ],
    ['lists a field that is null', { messages: null }, 'messages', 'invalid_value', /must be array/],
  ])('%s', async (_, body, param, code, message) => {
    const response = await chat(body);
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toEqual({
      type: 'invalid_request_error',
      param,
      code,
      message: expect.stringMatching(message),
    });
  });

  it('may have null for every field that can be left out', async () => {
    const nulls = [
      'temperature',
      'top_p',
      'n',
      'stop',
      'seed',
      'stream',
      'tools',
      'user',
      'max_tokens',
      'logit_bias',
      'metadata',
      'store',
    ];
    const response = await chat(Object.fromEntries(nulls.map((name) => [name, null])));
    expect(response.status).toBe(200);
  });

  it('has a prompt that does not fit', async () => {
    const response = await chat({ messages: [{ role: 'user', content: 'word '.repeat(1001) }] });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ code: 'context_length_exceeded' });
  });
});

describe('a path or a method that is not there', () => {
  it.each([
    '/v1/nothing',
    '/v1',
    '/v1/chat/completions/',
    '/V1/models',
    '/..%2f..%2fetc/passwd',
    '/%00',
    `/${'a'.repeat(3000)}`,
  ])('404: %s', async (path) => {
    const response = await send(path, {});
    expect(response.status).toBe(404);
    const error = await errorOf(response);
    expect(error).toMatchObject({ type: 'invalid_request_error', param: null });
    expect(error.message.length).toBeLessThan(400);
  });

  it.each([
    ['GET', '/v1/chat/completions', 'POST'],
    ['DELETE', '/v1/embeddings?x=1', 'POST'],
    ['POST', '/v1/models', 'GET'],
    ['DELETE', '/v1/models/text-generation', 'GET'],
    ['DELETE', '/v1/models/org/name:tag', 'GET'],
    ['OPTIONS', '/v1/chat/completions', 'POST'],
    ['PUT', '/openapi.json', 'GET'],
  ])('405: %s %s', async (method, path, allowed) => {
    const response = await send(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toContain(allowed);
    expect(await errorOf(response)).toMatchObject({ type: 'invalid_request_error', code: 'method_not_allowed' });
  });

  it.each(['/%', '/v1/models/%zz', '/v1/models/%ff'])('400: %s, which is no URL', async (path) => {
    const response = await send(path, {});
    expect(response.status).toBe(400);
    await errorOf(response);
  });

  it('404 for a parameter that is too long to name anything, which does not come back', async () => {
    const app = newApp(withDefaults({ logLevel: 'silent' }), undefined);
    app.get('/things/:id', async () => 'thing');
    const response = await app.inject(`/things/${'x'.repeat(1000)}`);
    expect(response.statusCode).toBe(404);
    expect(response.headers['x-request-id']).toMatch(/./);
    expect(response.json()).toEqual({
      error: expect.objectContaining({ type: 'invalid_request_error', message: expect.not.stringContaining('xxx') }),
    });
  });

  it('404 for a model', async () => {
    const response = await chat({ model: 'gpt-4o' });
    expect(response.status).toBe(404);
    expect(await errorOf(response)).toEqual({
      message: 'There is no model "gpt-4o" here. Models: text-generation, org/name:tag, broken.',
      type: 'invalid_request_error',
      param: 'model',
      code: 'model_not_found',
    });
  });

  it('400 for a model that does something else', async () => {
    const response = await chat({ model: 'org/name:tag' });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({
      param: 'model',
      code: 'model_not_supported',
      message: expect.stringContaining('Use text-generation'),
    });
  });
});

describe('a failure of the server', () => {
  it('is 500 for a model that does not open, and the log says why', async () => {
    const response = await post(server.url, '/v1/embeddings', { model: 'broken', input: 'a' });
    expect(response.status).toBe(500);
    expect(await errorOf(response)).toMatchObject({
      type: 'server_error',
      message: "The model broken could not be opened. The server's log says why.",
    });
    expect(server.log.some((line) => line.includes('the file is broken'))).toBe(true);
  });

  it('is 500 for an error that nobody foresaw, of which only the log tells', async () => {
    answer = () => [new Error('secret inside')];
    const response = await chat({});
    answer = () => ['hi'];
    expect(response.status).toBe(500);
    const error = await errorOf(response);
    expect(error).toMatchObject({ type: 'server_error', code: 'internal_error' });
    expect(error.message).not.toContain('secret');
    expect(
      server.log.some(
        (line) => line.includes('secret inside') && line.includes(`${response.headers.get('x-request-id')}`),
      ),
    ).toBe(true);
  });

  it('is 503 with Retry-After when an engine is full', async () => {
    answer = () => [new FerrumError('ResourceExhausted', 'The queue is full.', { retryAfterMs: 2500 })];
    const response = await chat({ stream: true });
    answer = () => ['hi'];
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('3');
    expect(await errorOf(response)).toMatchObject({
      type: 'server_error',
      code: 'resource_exhausted',
      message: 'The queue is full.',
    });
  });

  it('is an event after a stream has begun, which then ends as always', async () => {
    answer = () => ['one', 'two', new FerrumError('Backend', 'The session failed.')];
    const response = await chat({ stream: true });
    const text = await response.text();
    answer = () => ['hi'];
    expect(response.status).toBe(200);
    const events = text.trim().split('\n\n');
    expect(JSON.parse(events.at(-2)?.slice(6) ?? '')).toEqual({
      error: { message: 'The session failed.', type: 'server_error', param: null, code: 'backend' },
    });
    expect(events.at(-1)).toBe('data: [DONE]');
  });
});
