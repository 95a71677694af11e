import type { RerankOptions } from '@ferrum/interfaces';
import { describe, expect, it, vi } from 'vitest';
import { fakeParts } from '../testing/engine-parts.js';
import { refuseUnhandledRejections } from '../testing/event-loop.js';
import { wordTokenizer } from '../testing/word-tokenizer.js';
import { BatchRerankEngine } from './batch-rerank-engine.js';
import type { TextInput } from './text-tensors.js';

refuseUnhandledRejections();

/** An engine whose score of a document is the number of its first word, less 50. */
function setUp() {
  const run = vi.fn(async (texts: readonly TextInput[]) =>
    texts.map(({ ids, types }) => {
      const second = types?.indexOf(1) ?? 0;
      return Float32Array.of((ids[second] as number) - 50);
    }),
  );
  const engine = new BatchRerankEngine({
    ...fakeParts(),
    texts: { runner: { run }, tokenizer: wordTokenizer, maxTokens: 10, vocabularySize: 100 },
  });
  return { engine, run };
}

const documents = ['w50 w3', 'w52', 'w48 w3 w4', 'w51'];

describe('reranking', () => {
  it('puts the best document first, with its score and its relevance', async () => {
    const { engine } = setUp();
    const result = await engine.rerank('w7 w8', documents);
    expect(result).toEqual({
      results: [
        { index: 1, score: 2, relevanceScore: expect.closeTo(0.8807970779778823, 12) },
        { index: 3, score: 1, relevanceScore: expect.closeTo(0.7310585786300049, 12) },
        { index: 0, score: 0, relevanceScore: 0.5 },
        { index: 2, score: -2, relevanceScore: expect.closeTo(0.11920292202211755, 12) },
      ],
      model: 'fake',
      // Three special tokens and two of the query in each.
      usage: { promptTokens: 4 * 5 + 2 + 1 + 3 + 1 },
    });
  });

  it('reads the query and the document as a pair', async () => {
    const { engine, run } = setUp();
    await engine.rerank('w7 w8', ['w50']);
    expect(run.mock.calls[0]?.[0]).toEqual([{ ids: [1, 7, 8, 2, 50, 2], types: [0, 0, 0, 0, 1, 1], pooledFrom: 0 }]);
  });

  it('gives only the best so many, and the documents where they are asked for', async () => {
    const { engine } = setUp();
    const { results } = await engine.rerank('w7', documents, { topN: 2, returnDocuments: true });
    expect(results).toMatchObject([
      { index: 1, document: 'w52' },
      { index: 3, document: 'w51' },
    ]);
    expect((await engine.rerank('w7', documents, { topN: 99 })).results.length).toBe(4);
    expect((await engine.rerank('w7', documents)).results[0]).not.toHaveProperty('document');
  });

  it('keeps the order of documents with the same score', async () => {
    const { engine } = setUp();
    const { results } = await engine.rerank('w7', ['w50', 'w51', 'w50 w3', 'w51 w3']);
    expect(results.map(({ index }) => index)).toEqual([1, 3, 0, 2]);
  });

  it('of no documents gives none', async () => {
    const { engine, run } = setUp();
    expect(await engine.rerank('w7', [])).toEqual({ results: [], model: 'fake', usage: { promptTokens: 0 } });
    expect(run).not.toHaveBeenCalled();
  });

  it('is cancelled by its signal', async () => {
    const { engine } = setUp();
    const signal = AbortSignal.abort('gone');
    await expect(engine.rerank('w7', documents, { signal })).rejects.toMatchObject({
      code: 'Cancelled',
      cause: 'gone',
    });
  });

  it('is refused once the engine is shut down', async () => {
    const { engine } = setUp();
    await engine.shutdown();
    await expect(engine.rerank('w7', documents)).rejects.toMatchObject({ code: 'Cancelled' });
  });

  it.each<[string, unknown]>([
    ['topN', 0],
    ['topN', 1.5],
    ['topN', '3'],
    ['returnDocuments', 'yes'],
    ['signal', {}],
  ])('is refused by the name of %s when it is %j', async (name, value) => {
    const { engine, run } = setUp();
    await expect(engine.rerank('w7', documents, { [name]: value } as RerankOptions)).rejects.toMatchObject({
      code: 'InvalidParameter',
      details: { parameter: name },
    });
    expect(run).not.toHaveBeenCalled();
  });

  it('is refused with an option that is not known', async () => {
    const { engine } = setUp();
    await expect(engine.rerank('w7', documents, { top_n: 3 } as RerankOptions)).rejects.toMatchObject({
      code: 'InvalidParameter',
      message: expect.stringContaining('"top_n"'),
    });
  });

  it.each<[string, unknown, unknown, string]>([
    ['a query that is no text', 3, documents, 'query'],
    ['documents that are no list', 'w7', 'w50', 'documents'],
    ['a document that is no text', 'w7', ['w50', null], 'documents[1]'],
    ['half a surrogate pair', 'w7', ['\uDE00'], 'documents[0]'],
  ])('is refused with %s', async (_name, query, given, input) => {
    const { engine } = setUp();
    await expect(engine.rerank(query as string, given as string[])).rejects.toMatchObject({
      code: 'RequestValidation',
      details: { input },
    });
  });
});
