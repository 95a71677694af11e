import { FerrumError } from '@ferrum/registry/errors';
import { describe, expect, it } from 'vitest';
import { post } from '../testing/test-server.js';
import { anyJsonOf, textModel, textServer } from '../testing/text-server.js';

const path = '/v1/chat/completions';
const model = textModel;

describe('a session', () => {
  const said = (content: string) => ({ model, messages: [{ role: 'user', content }] });
  const inSession = (name: string, key?: string) => ({
    'x-ferrum-session': name,
    ...(key && { authorization: `Bearer ${key}` }),
  });

  it('puts what was said before in front, streamed answers included', async () => {
    await using server = await textServer();
    await post(server.url, path, said('one'), inSession('s'));
    await (await post(server.url, path, { ...said('two'), stream: true }, inSession('s'))).text();
    await post(
      server.url,
      path,
      {
        ...said('three'),
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'three' },
        ],
      },
      inSession('s'),
    );
    expect(server.fake.requests.at(-1)?.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'one' },
      { role: 'user', content: 'two' },
      { role: 'assistant', content: 'two' },
      { role: 'user', content: 'three' },
    ]);
  });

  it('belongs to one API key', async () => {
    await using server = await textServer({}, { apiKeys: ['first-key', 'second-key'] });
    await post(server.url, path, said('one'), inSession('s', 'first-key'));
    await post(server.url, path, said('two'), inSession('s', 'second-key'));
    expect(server.fake.requests.at(-1)?.messages).toHaveLength(1);
    const [first, second] = server.fake.requests;
    expect(second?.clientId).not.toBe(first?.clientId);
    // Neither is what one key sent in the other's prefix cache.
    expect(second?.cacheSalt).not.toBe(first?.cacheSalt);
  });

  it('forgets the oldest exchange when the context is full', async () => {
    await using server = await textServer({ contextLength: 6 });
    await post(server.url, path, said('one'), inSession('s'));
    await post(server.url, path, said('two'), inSession('s'));
    const response = await post(server.url, path, said('three and more'), inSession('s'));
    expect(response.status).toBe(200);
    expect(server.fake.requests.at(-1)?.messages?.map(({ content }) => content)).toEqual([
      'two',
      'two',
      'three and more',
    ]);
  });

  it('loses nothing of two answers that are written at once', async () => {
    await using server = await textServer({ beforePiece: () => new Promise((resolve) => setTimeout(resolve, 20)) });
    await Promise.all(['one', 'two two'].map((content) => post(server.url, path, said(content), inSession('s'))));
    await post(server.url, path, said('three'), inSession('s'));
    expect(server.fake.requests.at(-1)?.messages?.map(({ content }) => content)).toEqual([
      'one',
      'one',
      'two two',
      'two two',
      'three',
    ]);
  });

  it('forgets the least recently used conversation', async () => {
    await using server = await textServer({}, { sessions: { max: 1 } });
    await post(server.url, path, said('one'), inSession('a'));
    await post(server.url, path, said('two'), inSession('b'));
    await post(server.url, path, said('three'), inSession('a'));
    expect(server.fake.requests.at(-1)?.messages).toHaveLength(1);
  });

  it('keeps nothing of an answer that failed, and takes one answer only', async () => {
    await using server = await textServer({ answer: () => ['one', 'two', new FerrumError('Backend', 'no')] });
    await (await post(server.url, path, { ...said('one'), stream: true }, inSession('s'))).text();
    await (await post(server.url, path, { ...said('two'), stream: true }, inSession('s'))).text();
    expect(server.fake.requests.at(-1)?.messages).toHaveLength(1);
    const several = await post(server.url, path, { ...said('x'), n: 2 }, inSession('s'));
    expect((await anyJsonOf(several)).error.param).toBe('n');
    const strange = await post(server.url, path, said('x'), inSession('a/b'));
    expect((await anyJsonOf(strange)).error.param).toBe('x-ferrum-session');
  });
});
