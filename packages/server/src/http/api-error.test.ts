import type { FerrumErrorCode } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { describe, expect, it } from 'vitest';
import { apiErrorOf, badRequest } from './api-error.js';

describe('apiErrorOf', () => {
  it.each<[FerrumErrorCode, number, string]>([
    ['RequestValidation', 400, 'invalid_request_error'],
    ['InvalidParameter', 400, 'invalid_request_error'],
    ['InvalidFormat', 400, 'invalid_request_error'],
    ['Unsupported', 400, 'invalid_request_error'],
    ['Auth', 401, 'authentication_error'],
    ['PermissionDenied', 403, 'permission_error'],
    ['NotFound', 404, 'invalid_request_error'],
    ['RateLimit', 429, 'rate_limit_error'],
    ['ResourceExhausted', 503, 'server_error'],
    ['Cancelled', 503, 'server_error'],
    ['Timeout', 504, 'server_error'],
    ['Internal', 500, 'server_error'],
    ['Backend', 500, 'server_error'],
  ])('makes %s a %i', (code, status, type) => {
    expect(apiErrorOf(new FerrumError(code, 'message'))).toMatchObject({
      status,
      body: { error: { type, message: 'message' } },
    });
  });

  it.each([429, 503])('says when to try again with %i', (status) => {
    const code = status === 429 ? 'RateLimit' : 'ResourceExhausted';
    expect(apiErrorOf(new FerrumError(code, 'm', { retryAfterMs: 1 })).retryAfter).toBe(1);
    expect(apiErrorOf(new FerrumError(code, 'm', { retryAfterMs: 2001 })).retryAfter).toBe(3);
    expect(apiErrorOf(new FerrumError(code, 'm')).retryAfter).toBe(1);
  });

  it.each([
    ['sampling.topLogprobs', 'top_logprobs'],
    ['sampling.stopSequences', 'stop'],
    ['sampling.minP', 'min_p'],
    ['prompt', 'prompt'],
    ['documents[3]', 'documents[3]'],
    ['promptName', 'prompt_name'],
    ['sampling.stopSequences.2', 'stop[2]'],
    ['messages.1.toolCallId', 'messages[1].tool_call_id'],
    ['tools.0.parameters', 'tools[0].parameters'],
  ])('gives the parameter %s its name in the API', (parameter, param) => {
    const { body } = apiErrorOf(
      new FerrumError('RequestValidation', `\`${parameter}\` is wrong.`, { details: { parameter } }),
    );
    expect(body.error.param).toBe(param);
  });

  it('takes the input that an engine names for the parameter, and field names in messages into the words of the API', () => {
    const { body } = apiErrorOf(
      new FerrumError('RequestValidation', 'Give `maxTokens` or `topP`.', { details: { input: 'documents[1]' } }),
    );
    expect(body.error).toMatchObject({ param: 'documents[1]', message: 'Give `max_tokens` or `top_p`.' });
  });

  it.each([
    ['sampling.responseFormat.schema', 'response_format.schema', { path: '/items', keyword: 'uniqueItems' }],
    ['tools.1.parameters', 'tools[1].parameters', { path: '', keyword: 'uniqueItems' }],
    ['sampling.responseFormat.grammar', 'response_format.grammar', {}],
  ])('leaves what the caller named in %s as it is', (parameter, param, details) => {
    const message = (field: string) => `Invalid request: \`${field}\`: uses \`uniqueItems\` beside \`anyOf\`.`;
    const error = new FerrumError('RequestValidation', message(parameter), { details: { parameter, ...details } });
    expect(apiErrorOf(error).body.error).toMatchObject({ param, message: message(param) });
  });

  it('has a code for prompts that are too long', () => {
    const details = { parameter: 'prompt', promptTokens: 5, contextLength: 4 };
    expect(apiErrorOf(new FerrumError('RequestValidation', 'm', { details })).body.error.code).toBe(
      'context_length_exceeded',
    );
  });
});

it('badRequest is a 400 of the named field', () => {
  expect(apiErrorOf(badRequest('n', 'm'))).toEqual({
    status: 400,
    body: { error: { message: 'm', type: 'invalid_request_error', param: 'n', code: 'invalid_value' } },
  });
  expect(apiErrorOf(badRequest(null, 'm', 'other')).body.error).toMatchObject({ param: null, code: 'other' });
});
