import { describe, expect, it } from 'vitest';
import { fakeEmbedder, fakeReranker } from '../testing/fake-embedder.js';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { post, testServer } from '../testing/test-server.js';

describe('the log', () => {
  it.each(['info', 'trace'] as const)('holds nothing of what was asked or answered, at level %s', async (logLevel) => {
    const engines = {
      'text-generation': fakeLanguageModel({ answer: () => ['SECRET', ' ANSWER', new Error('the session failed')] })
        .engine,
      embedding: fakeEmbedder().engine,
      reranking: fakeReranker(),
    };
    await using server = await testServer(engines, { logLevel });
    const secret = 'SECRET prompt';
    const messages = [{ role: 'user', content: secret }];
    const requests: [string, object][] = [
      ['/v1/chat/completions', { model: 'text-generation', messages }],
      ['/v1/chat/completions', { model: 'text-generation', messages, stream: true }],
      ['/v1/chat/completions', { model: 'text-generation', messages, max_tokens: 2 }],
      ['/v1/chat/completions', { model: 'text-generation', messages, unknown: secret }],
      ['/v1/chat/completions', { model: 'text-generation', messages: [{ role: secret, content: secret }] }],
      ['/v1/completions', { model: 'text-generation', prompt: secret }],
      ['/v1/embeddings', { model: 'embedding', input: [secret, ''] }],
      ['/v1/embeddings', { model: 'embedding', input: secret }],
      ['/v1/embeddings', { model: 'embedding', input: secret, truncate: 'error', prompt_name: secret }],
      ['/v1/rerank', { model: 'reranking', query: secret, documents: [secret] }],
      ['/tokenize', { model: 'text-generation', content: secret }],
      ['/detokenize', { model: 'text-generation', tokens: ['SECRET'] }],
    ];
    for (const [path, body] of requests) await (await post(server.url, path, body)).text();
    await (
      await fetch(`${server.url}/v1/chat/completions`, {
        method: 'POST',
        body: `{"SECRET`,
        headers: { 'content-type': 'application/json' },
      })
    ).text();
    expect(server.log.length).toBeGreaterThan(requests.length);
    expect(server.log.join('')).not.toContain('SECRET');
  });
});
