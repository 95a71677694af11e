import { inspect } from 'node:util';
import type { LlmInferenceEngine } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { collect } from '../testing/collect.js';
import { type Answer, chatDelta, events, fakeServer, json, text } from '../testing/fake-server.js';
import { openEngine } from '../testing/open-engine.js';
import { KeyFilter } from './key-filter.js';

const key = 'sk-"quoted\\key-0123456789';

afterEach(() => vi.unstubAllEnvs());

describe('the filter of keys', () => {
  it.each([
    ['as it is', key],
    ['in JSON', JSON.stringify(key).slice(1, -1)],
    ['in JSON within JSON', JSON.stringify(JSON.stringify(key)).slice(3, -3)],
    ['in a URL', encodeURIComponent(key)],
    ['cut off', key.slice(0, -4)],
  ])('finds a key %s', (_, shown) => {
    expect(new KeyFilter([key]).text(`the key ${shown} is wrong`)).toBe('the key *** is wrong');
  });

  it('leaves errors without a key as they are', () => {
    const error = new FerrumError('Backend', 'no', { details: { url: 'http://a' }, cause: new Error('why') });
    expect(new KeyFilter([key]).error(error)).toBe(error);
    expect(new KeyFilter([]).error(error)).toBe(error);
  });

  it('cleans messages, details and causes', () => {
    const inner = new FerrumError('Network', key, { cause: Object.assign(new Error('junk'), { data: `HTTP ${key}` }) });
    const error = new FerrumError('Auth', `bad ${key}`, { details: { parts: [key] }, cause: inner, retryAfterMs: 5 });
    const clean = new KeyFilter(['other', key]).error(error);
    expect(clean).toMatchObject({ code: 'Auth', message: 'bad ***', details: { parts: ['***'] }, retryAfterMs: 5 });
    expect(inspect(clean, { depth: 9 })).not.toContain('quoted');
  });
});

const repeating: readonly (readonly [string, Answer])[] = [
  ['a refusal in JSON', json({ error: { message: `bad ${key}`, param: key, code: key } }, 401)],
  ['a refusal in text', text(`bad ${key}`, 'text/plain', 401)],
  ['a redirect', (response) => response.writeHead(302, { location: `/?key=${key}` }).end()],
  ['an error with status 200', json({ error: { message: `bad ${key}`, code: key } })],
  ['text instead of JSON', text(key, 'application/json')],
  ['a wrong field', json({ choices: key })],
  ['a content type', text('{}', `text/${key}`)],
  ['the first event', events([{ error: { message: key, code: key } }])],
  ['a later event', events([chatDelta('x'), { error: { message: key, code: key } }])],
  ['a wrong event', events([chatDelta('x'), { choices: key }])],
  ['an event that is no JSON', events([chatDelta('x'), key])],
];

it.each(repeating)('shows no key that %s repeats', async (_, answer) => {
  vi.stubEnv('TEST_REMOTE_KEY', key);
  await using server = await fakeServer([answer]);
  const servers = [{ url: server.url, apiKeyEnv: 'TEST_REMOTE_KEY' }];
  await using opened = await openEngine('text-generation', [], { servers, retry: { attempts: 1 } });
  const failed = async (call: (engine: LlmInferenceEngine) => Promise<unknown>) =>
    call(opened.engine).then(
      () => expect.unreachable(),
      (error: unknown) => error,
    );
  const seen = [
    await failed((engine) => engine.infer({ prompt: 'x' })),
    await failed((engine) => collect(engine.inferStream({ prompt: 'x' }))),
    await opened.engine.healthCheck(),
    opened.engine.metrics(),
    opened.engine.config(),
  ];
  expect(inspect(seen, { depth: 9, maxStringLength: null })).not.toContain('quoted');
});
