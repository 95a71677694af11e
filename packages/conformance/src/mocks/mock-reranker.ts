import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RankedDocument, RerankEngine, RerankOptions, RerankResult } from '@ferrum/interfaces';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { type MockEngineOptions, mockEngineBase, mockLife } from './mock-engine.js';
import { checkNumber, checkOptionNames } from './mock-request-checks.js';

export interface MockRerankerOptions extends MockEngineOptions {
  /** A document's score. Default: by the words of the query that it has. */
  readonly score?: (query: string, document: string) => number;
  /** Awaited before each document: for delays, and for what a test does in the middle. An error that it throws is the call's. */
  readonly beforeDocument?: (index: number) => unknown;
}

export interface MockReranker {
  readonly engine: RerankEngine;
  /** Queries that it was asked, as they came. */
  readonly queries: readonly string[];
}

/** Ranks documents by the words that they share with the query. The same each time. */
export function mockReranker(options: MockRerankerOptions = {}): MockReranker {
  const { score = sharedWords, beforeDocument } = options;
  const life = mockLife('mock-reranker', 'Reranking', options);
  const queries: string[] = [];

  async function rerank(query: string, documents: readonly string[], call: RerankOptions = {}): Promise<RerankResult> {
    life.requireOpen();
    checkOptionNames(call, ['topN', 'returnDocuments', 'signal']);
    const { topN, returnDocuments = false } = call;
    checkNumber('topN', topN, { from: 1, isWhole: true });
    requireText(query, 'query');
    if (!Array.isArray(documents)) throw new FerrumError('RequestValidation', 'documents must be a list of texts.');
    queries.push(query);
    const ranked: RankedDocument[] = [];
    let promptTokens = 0;
    await life.call(call.signal, async (signal) => {
      throwIfAborted(signal, 'Reranking');
      for (const [index, document] of documents.entries()) {
        requireText(document, `documents[${index}]`);
        await (beforeDocument ? beforeDocument(index) : nextTurn());
        throwIfAborted(signal, 'Reranking');
        promptTokens += 1 + wordsOf(query).length + wordsOf(document).length;
        const logit = score(query, document);
        const result = { index, score: logit, relevanceScore: 1 / (1 + Math.exp(-logit)) };
        ranked.push(returnDocuments ? { ...result, document } : result);
      }
      return promptTokens;
    });
    ranked.sort((a, b) => b.score - a.score || a.index - b.index);
    return { results: ranked.slice(0, topN), model: life.modelId, usage: { promptTokens } };
  }

  return { engine: { ...mockEngineBase(life), rerank }, queries };
}

/** −3 without a word of the query, 3 with all of them. */
function sharedWords(query: string, document: string): number {
  const wanted = wordsOf(query);
  const found = new Set(wordsOf(document));
  const hits = wanted.filter((word) => found.has(word)).length;
  return wanted.length === 0 ? -3 : (6 * hits) / wanted.length - 3;
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function requireText(text: unknown, name: string): void {
  if (typeof text !== 'string')
    throw new FerrumError('RequestValidation', `${name} must be a text, not ${typeof text}.`);
}
