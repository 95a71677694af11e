import { describe, expect, it } from 'vitest';
import { responseFailure, retryAfterOf } from './response-failure.js';

describe('when to try again', () => {
  const now = Date.UTC(2026, 0, 1);

  it.each([
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': '1.5' }, 1500],
    [{ 'retry-after-ms': '20', 'retry-after': '9' }, 20],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' }, 60_000],
    [{ 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 0],
    [{ 'retry-after': '9'.repeat(400) }, 8.64e15],
    [{ 'retry-after-ms': 'Infinity' }, undefined],
    [{ 'retry-after-ms': '-1' }, undefined],
    [{ 'retry-after': '-5' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('%o', (headers, expected) => {
    expect(retryAfterOf(headers, now)).toBe(expected);
  });
});

const failure = (status: number, text: string) =>
  responseFailure({ url: 'http://a/v1', path: 'rerank', status, headers: {}, text });

it.each([202, 204, 206, 302])('takes %i for an answer that no API gives', (status) => {
  expect(failure(status, '')).toMatchObject({ error: { code: 'Backend' }, mayRetry: false });
});

it('leaves out what steers a terminal', () => {
  expect(failure(500, '\u001b[31mred\u0007\n\u0000end').error.message).toBe(
    'http://a/v1 answered /rerank with 500: [31mred end',
  );
});
