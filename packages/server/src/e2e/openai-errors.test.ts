import { FerrumError } from '@ferrum/registry/errors';
import {
  APIConnectionTimeoutError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import { describe, expect, it } from 'vitest';
import { type FakeLanguageModelOptions, fakeLanguageModel } from '../testing/fake-language-model.js';
import type { testServer } from '../testing/test-server.js';
import { until } from '../testing/until.js';
import { connect } from './testing/client.js';

const model = 'text-generation';
const messages = [{ role: 'user' as const, content: 'one two three' }];
type Settings = Parameters<typeof testServer>[1];
type Options = Parameters<typeof connect>[2];

async function chat(fakeOptions: FakeLanguageModelOptions = {}, settings: Settings = {}, options: Options = {}) {
  const fake = fakeLanguageModel(fakeOptions);
  const session = await connect({ 'text-generation': fake.engine }, settings, options);
  const ask = (fields: object = {}) => session.client.chat.completions.create({ model, messages, ...fields });
  return { ...session, fake, ask };
}

describe('an error', () => {
  it('is a BadRequestError that names the field', async () => {
    const { ask } = await chat();
    const error = await ask({ temperature: 3 }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({
      status: 400,
      param: 'temperature',
      type: 'invalid_request_error',
      code: 'invalid_value',
      requestID: expect.stringMatching(/./),
      message: expect.stringContaining('temperature'),
    });
  });

  it('is a BadRequestError before a stream begins', async () => {
    const { ask } = await chat();
    await expect(ask({ stream: true, tools: [{}] })).rejects.toMatchObject({ status: 400, param: 'tools[0].type' });
    await expect(ask({ stream: true, messages: [] })).rejects.toThrow(BadRequestError);
  });

  it('is a NotFoundError for a model and for a path', async () => {
    const { ask, client } = await chat();
    await expect(ask({ model: 'gpt-4o' })).rejects.toThrow(NotFoundError);
    await expect(client.models.retrieve('gpt-4o')).rejects.toMatchObject({ code: 'model_not_found', param: 'model' });
    await expect(client.batches.list()).rejects.toMatchObject({ code: 'unknown_url' });
  });

  it('is an AuthenticationError without the right key', async () => {
    const settings = { apiKeys: ['a-good-key'] };
    const { ask } = await chat({}, settings, { apiKey: 'a-bad-key' });
    await expect(ask()).rejects.toThrow(AuthenticationError);
    const known = await chat({}, settings, { apiKey: 'a-good-key' });
    expect((await known.ask()).choices).toHaveLength(1);
  });

  it('is a RateLimitError, which says when to come again', async () => {
    const { ask } = await chat({}, { limits: { requestsPerMinute: 1 } });
    await ask();
    const error = await ask().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(RateLimitError);
    const { headers } = error as RateLimitError;
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('is an InternalServerError when the engine fails', async () => {
    const { ask } = await chat({ answer: () => [new FerrumError('Backend', 'The session failed.')] });
    const error = await ask().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(InternalServerError);
    expect(error).toMatchObject({ status: 500, type: 'server_error', message: expect.stringContaining('failed') });
  });
});

describe('a client that tries again', () => {
  const full = new FerrumError('ResourceExhausted', 'The queue is full.', { retryAfterMs: 10 });

  it('is answered at last by a server that was full for a while', async () => {
    let attempts = 0;
    const { ask, sent } = await chat({ answer: () => (++attempts <= 2 ? [full] : ['done']) }, {}, { maxRetries: 2 });
    expect((await ask()).choices[0]?.message.content).toBe('done');
    expect(sent.map(({ headers }) => headers.get('x-stainless-retry-count'))).toEqual(['0', '1', '2']);
  });

  it('gives up with the error of the last time', async () => {
    const { ask, sent } = await chat({ answer: () => [full] }, {}, { maxRetries: 1 });
    await expect(ask({ stream: true })).rejects.toMatchObject({ status: 503, code: 'resource_exhausted' });
    expect(sent).toHaveLength(2);
  });

  it('does not repeat what was wrong', async () => {
    const { ask, sent } = await chat({}, {}, { maxRetries: 2 });
    await expect(ask({ n: 0 })).rejects.toThrow(BadRequestError);
    expect(sent).toHaveLength(1);
  });

  it('frees the engine when it has waited long enough', async () => {
    const { fake, ask } = await chat({ beforePiece: (_, { signal }) => gone(signal) }, {}, { timeout: 200 });
    await expect(ask()).rejects.toThrow(APIConnectionTimeoutError);
    await until(() => fake.requests.length === 1 && fake.active === 0);
  });
});

function gone(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
}
