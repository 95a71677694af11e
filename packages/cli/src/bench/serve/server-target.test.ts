import { describe, expect, it } from 'vitest';
import { apiKeyOf, serverTarget } from './server-target.js';

describe('the URL', () => {
  it.each([
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080', ''],
    ['http://localhost:8080/', 'http://localhost:8080', ''],
    ['https://host/v1', 'https://host', ''],
    ['https://host/v1/', 'https://host', ''],
    ['https://host/llm/v1', 'https://host', '/llm'],
    ['http://[::1]:80/llm', 'http://[::1]', '/llm'],
  ])('%s is the base of a server', (url, origin, prefix) => {
    expect(serverTarget(url, undefined)).toMatchObject({ origin, prefix, headers: {} });
  });

  it.each([
    '',
    '8080',
    'localhost:8080',
    'ftp://host',
    'http://',
    'http://a:b@host',
    'http://host?x=1',
    'http://host#x',
  ])('%j is refused', (url) => {
    expect(() => serverTarget(url, undefined)).toThrow(/URL/);
  });
});

describe('the key', () => {
  it('is the one that was given, or else that of the environment', () => {
    const variables = { FERRUM_API_KEY: 'ferrum', OPENAI_API_KEY: 'openai' };
    expect(apiKeyOf('mine', variables)).toBe('mine');
    expect(apiKeyOf(undefined, variables)).toBe('ferrum');
    expect(apiKeyOf(undefined, { FERRUM_API_KEY: '', OPENAI_API_KEY: 'openai' })).toBe('openai');
    expect(apiKeyOf(undefined, {})).toBeUndefined();
  });

  it('goes into the header and is taken out of what is shown', () => {
    const target = serverTarget('http://host', 'sk-1');
    expect(target.headers).toEqual({ authorization: 'Bearer sk-1' });
    expect(target.redact('wrong key: sk-1\u001b[31m\n now')).toBe('wrong key: … [31m now');
  });

  it('that no header can hold is refused without being shown', () => {
    expect(() => serverTarget('http://host', 'se cret')).toThrow(/^(?!.*se cret).*characters that no HTTP header/);
  });
});
