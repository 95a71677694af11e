import {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from '@anthropic-ai/sdk';
import { FerrumError } from '@ferrum/registry/errors';
import { describe, expect, it } from 'vitest';
import type { FakeLanguageModelOptions } from '../testing/fake-language-model.js';
import { connectAnthropic, model } from './testing/anthropic-client.js';

const messages = [{ role: 'user' as const, content: 'one two three' }];

async function asking(
  options: FakeLanguageModelOptions = {},
  settings: Parameters<typeof connectAnthropic>[1] = {},
  clientOptions: Parameters<typeof connectAnthropic>[2] = {},
) {
  const { client } = await connectAnthropic(options, settings, clientOptions);
  const ask = (fields: object = {}) => client.messages.create({ model, messages, max_tokens: 10, ...fields });
  return { client, ask };
}

const caught = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

describe("an error, to Anthropic's client", () => {
  it('is a BadRequestError that names the field', async () => {
    const { ask } = await asking();
    const error = await caught(ask({ temperature: 3 }));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      apiMessage: expect.stringContaining('`temperature`'),
      requestID: expect.stringMatching(/./),
    });
  });

  it('is a NotFoundError for a model', async () => {
    const { ask, client } = await asking();
    expect(await caught(ask({ model: 'claude-opus' }))).toMatchObject({ status: 404, type: 'not_found_error' });
    await expect(client.messages.countTokens({ model: 'claude-opus', messages })).rejects.toThrow(NotFoundError);
  });

  it('is an AuthenticationError without the right key, in either header', async () => {
    const settings = { apiKeys: ['a-good-key'] };
    const { ask } = await asking({}, settings, { apiKey: 'a-bad-key' });
    const error = await caught(ask());
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ type: 'authentication_error' });
    const known = await asking({}, settings, { apiKey: 'a-good-key' });
    expect((await known.ask()).type).toBe('message');
    const header = { Authorization: null, 'X-Api-Key': 'a-good-key' };
    const other = await asking({}, settings, { apiKey: 'none', defaultHeaders: header });
    expect((await other.ask()).type).toBe('message');
    const wrong = { Authorization: null, 'X-Api-Key': 'a-bad-key' };
    const refused = await asking({}, settings, { apiKey: 'none', defaultHeaders: wrong });
    await expect(refused.ask()).rejects.toThrow(AuthenticationError);
  });

  it('is a RateLimitError, which says when to come again', async () => {
    const { ask } = await asking({}, { limits: { requestsPerMinute: 1 } });
    await ask();
    const error = await caught(ask());
    expect(error).toBeInstanceOf(RateLimitError);
    expect(Number((error as RateLimitError).headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('is an InternalServerError when the engine fails', async () => {
    const { ask } = await asking({ answer: () => [new FerrumError('Backend', 'The session failed.')] });
    const error = await caught(ask());
    expect(error).toBeInstanceOf(InternalServerError);
    expect(error).toMatchObject({ type: 'api_error', apiMessage: 'The session failed.' });
  });

  it('is an APIError in the middle of a stream', async () => {
    const { client } = await asking({ answer: () => ['a', 'b', new FerrumError('Backend', 'no')] });
    const error = await caught(client.messages.stream({ model, messages, max_tokens: 10 }).finalMessage());
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ type: 'api_error', apiMessage: 'no' });
  });

  it('is known before a stream begins', async () => {
    const { ask } = await asking({ contextLength: 1 });
    const error = await caught(ask({ stream: true }));
    expect(error).toMatchObject({ status: 400, apiMessage: expect.stringContaining('context') });
  });

  it('that passes is not told of', async () => {
    let attempts = 0;
    const full = new FerrumError('ResourceExhausted', 'The queue is full.', { retryAfterMs: 10 });
    const { ask } = await asking({ answer: () => (++attempts <= 2 ? [full] : ['done']) }, {}, { maxRetries: 2 });
    expect((await ask()).content).toMatchObject([{ text: 'done' }]);
  });
});
