import type { ResolveRequest } from '@ferrum/interfaces';
import { throwIfAborted } from '@ferrum/registry/errors';
import { describe, expect, it } from 'vitest';
import { postForm } from '../audio/testing/forms.js';
import { temporaryFiles } from '../audio/testing/temporary-files.js';
import { fakeEmbedder, fakeReranker } from '../testing/fake-embedder.js';
import { fakeHost } from '../testing/fake-host.js';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { fakeSpeaker } from '../testing/fake-speaker.js';
import { fakeTranscriber } from '../testing/fake-transcriber.js';
import { errorOf } from '../testing/read-response.js';
import { post, testServer } from '../testing/test-server.js';

temporaryFiles();
const timeouts = { generationSeconds: 0.2 };
const documents = ['a'];

async function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  await new Promise((resolve) => signal?.addEventListener('abort', resolve));
  throwIfAborted(signal, 'Waiting');
  throw new Error('not aborted');
}

const requests: readonly (readonly [path: string, body: object])[] = [
  ['/v1/embeddings', { model: 'embedding', input: 'a' }],
  ['/v1/rerank', { model: 'reranking', query: 'a', documents }],
  ['/tokenize', { model: 'text-generation', content: 'a' }],
];

describe('a request that takes longer than timeouts.generationSeconds', () => {
  it.each(requests)('is answered with a timeout: the work of %s', async (path, body) => {
    await using server = await testServer(
      {
        embedding: fakeEmbedder({ before: untilAborted }).engine,
        reranking: { ...fakeReranker(), rerank: (_query, _documents, options) => untilAborted(options?.signal) },
        'text-generation': { ...fakeLanguageModel().engine, tokenize: ({ signal }) => untilAborted(signal) },
      },
      { timeouts },
    );
    const response = await post(server.url, path, body);
    expect([response.status, (await errorOf(response)).code]).toEqual([504, 'timeout']);
  });

  it.each([
    ...requests,
    ['/detokenize', { model: 'text-generation', tokens: [1] }] as const,
    ['/v1/audio/speech', { model: 'speech', input: 'a' }] as const,
    ['/v1/audio/transcriptions', { model: 'transcription' }] as const,
  ])('is answered with a timeout: the opening of the model for %s', async (path, body) => {
    const engines = {
      embedding: fakeEmbedder().engine,
      reranking: fakeReranker(),
      'text-generation': fakeLanguageModel().engine,
      speech: fakeSpeaker().engine,
      transcription: fakeTranscriber().engine,
    };
    const lease = (_: unknown, { signal }: ResolveRequest) => untilAborted(signal);
    await using server = await testServer(engines, { timeouts, engines: Object.assign(fakeHost(engines), { lease }) });
    const response = path.endsWith('transcriptions')
      ? await postForm(server.url, path, [
          ['model', 'transcription'],
          ['file', Uint8Array.of(1)],
        ])
      : await post(server.url, path, body);
    expect([response.status, (await errorOf(response)).code]).toEqual([504, 'timeout']);
  });
});

it('says nothing of the time where it was the work that failed', async () => {
  const { engine } = fakeLanguageModel();
  const tokenize = () => Promise.reject(new Error('broken'));
  await using server = await testServer({ 'text-generation': { ...engine, tokenize } }, { timeouts });
  const response = await post(server.url, '/tokenize', { model: 'text-generation', content: 'a' });
  expect(response.status).toBe(500);
});
