import type { RerankEngine, RerankOptions, RerankResult } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { mockReranker } from '../mocks/mock-reranker.js';
import { failures } from '../runner/testing/failures.js';
import { describeReranking } from './describe-reranking.js';

type Break = (engine: RerankEngine) => Partial<RerankEngine>;

/** Changes what rerank answers. */
const answers =
  (change: (result: RerankResult, documents: readonly string[]) => Partial<RerankResult>): Break =>
  (engine) => ({
    rerank: async (query, documents, options) => {
      const result = await engine.rerank(query, documents, options);
      return { ...result, ...change(result, documents) };
    },
  });
/** Changes what rerank is asked. */
const asks =
  (change: (options: RerankOptions) => RerankOptions): Break =>
  (engine) => ({ rerank: (query, documents, options = {}) => engine.rerank(query, documents, change(options)) });

/** What an engine may do wrong, and the tests that fail then, and no others. */
const mutations: readonly (readonly [what: string, broken: Break, found: RegExp])[] = [
  [
    'keeps the order of the documents',
    answers(({ results }) => ({ results: results.toSorted((a, b) => a.index - b.index) })),
    /best first|only the best|answers the query/,
  ],
  [
    'gives the score for the relevance',
    answers(({ results }) => ({ results: results.map((one) => ({ ...one, relevanceScore: one.score })) })),
    /as the relevance/,
  ],
  ['ignores topN', asks(({ topN: _, ...options }) => options), /only the best|topN/],
  [
    'takes topN in silence when it cannot be',
    asks(({ topN, ...options }) => (topN && topN >= 1 && Number.isInteger(topN) ? { topN, ...options } : options)),
    /a topN that cannot be/,
  ],
  ['never gives documents', asks(({ returnDocuments: _, ...options }) => options), /gives the documents back/],
  ['always gives documents', asks((options) => ({ ...options, returnDocuments: true })), /gives the documents back/],
  [
    'forgets the last document',
    answers(({ results }, documents) => ({ results: results.filter(({ index }) => index < documents.length - 1) })),
    /every document|any order|only the best|long one|answers the query/,
  ],
  ['counts no tokens', answers(() => ({ usage: { promptTokens: 0 } })), /every document once/],
  [
    'scores by the place among others',
    answers(({ results }) => ({ results: results.map((one, place) => ({ ...one, score: 1 - place })) })),
    /as the relevance|any order/,
  ],
  [
    'fails for no documents',
    (engine) => ({
      rerank: async (query, documents, options) => {
        if (documents.length === 0) throw new Error('no documents');
        return engine.rerank(query, documents, options);
      },
    }),
    /empty list/,
  ],
  [
    'swallows unknown options',
    asks(({ topN, returnDocuments, signal }) => ({ topN, returnDocuments, signal }) as RerankOptions),
    /an option that it does not know/,
  ],
];

const run = (engine: () => RerankEngine) =>
  failures((runner) => describeReranking(runner, async () => engine(), { features: ['batching'] }));

describe('the contract of reranking', () => {
  it('is kept by the mock', async () => {
    expect(await run(() => mockReranker().engine)).toEqual([]);
  });

  it('finds an engine that knows nothing of meaning', async () => {
    const found = await run(() => mockReranker({ score: (_, document) => -document.length }).engine);
    expect(found).toEqual(['puts the document that answers the query first']);
  });

  it.each(mutations)('finds an engine that %s', async (_, broken, expected) => {
    const found = await run(() => {
      const { engine } = mockReranker();
      return { ...engine, ...broken(engine) };
    });
    expect(found).not.toEqual([]);
    for (const name of found) expect(name).toMatch(expected);
  });
});
