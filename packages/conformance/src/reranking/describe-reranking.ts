import assert from 'node:assert/strict';
import type { RankedDocument, RerankEngine, RerankOptions } from '@ferrum/interfaces';
import type { ConformanceOptions, EngineFactory } from '../conformance-options.js';
import { manyTexts } from '../embedding/texts.js';
import { engineContract } from '../engine/engine-contract.js';
import { isNear } from '../engine/is-near.js';
import { rejection } from '../engine/rejection.js';
import { describeSubject, type Subject } from '../engine/subject.js';
import type { TestRunner } from '../runner/test-runner.js';

export interface RerankingOptions extends ConformanceOptions {
  /** Whether what English texts mean shows in the scores; not in those of a model made for tests. Default true. */
  readonly understandsEnglish?: boolean;
}

const query = 'How do I bake bread?';
const documents = [
  'The museum is closed on Mondays.',
  'Knead flour, water, salt and yeast, let the dough rise, and bake the bread in a hot oven.',
  'Bread prices went up by four percent.',
  'A train needs three hours from Berlin to Cologne.',
];

/** The contract of `reranking`. */
export function describeReranking(
  runner: TestRunner,
  open: EngineFactory<RerankEngine>,
  options: RerankingOptions,
): void {
  describeSubject(runner, { ...options, capability: 'reranking', open }, (subject) => {
    engineContract(subject, {
      // The order: scores may differ by a rounding beside others.
      short: async (engine, { signal }) => orderOf((await engine.rerank(query, documents, { signal })).results),
      long: (engine, { signal }) => engine.rerank(query, manyTexts(48, 80), { signal }),
    });
    rankings(subject, options.understandsEnglish ?? true);
    refusals(subject);
  });
}

function rankings(subject: Subject<RerankEngine>, understandsEnglish: boolean): void {
  const { test } = subject;

  test('ranks every document once, best first', async () => {
    const { results, model, usage } = await subject.engine.rerank(query, documents);
    assert.deepEqual(orderOf(results).sort(), [0, 1, 2, 3]);
    const scores = results.map(({ score }) => score);
    assert.ok(scores.every(Number.isFinite), `A score is not a finite number: ${scores.join(', ')}.`);
    assert.deepEqual(
      scores,
      [...scores].sort((a, b) => b - a),
      'The results are not in the order of their scores.',
    );
    assert.equal(model, subject.engine.modelId);
    assert.ok(Number.isInteger(usage.promptTokens) && usage.promptTokens > 0, `promptTokens is ${usage.promptTokens}.`);
  });

  test('gives 1 / (1 + exp(−score)) as the relevance', async () => {
    for (const { score, relevanceScore } of (await subject.engine.rerank(query, documents)).results) {
      const expected = 1 / (1 + Math.exp(-score));
      assert.ok(isNear(relevanceScore, expected, 1e-4), `The relevance of score ${score} is ${relevanceScore}.`);
    }
  });

  test('gives a document the same score alone, beside others, and in any order', async () => {
    const { engine } = subject;
    const { results } = await engine.rerank(query, documents);
    const reversed = await engine.rerank(query, [...documents].reverse());
    for (const { index, score } of results) {
      const [alone] = (await engine.rerank(query, [documents[index] ?? ''])).results;
      const last = documents.length - 1;
      const found = reversed.results.find((result) => result.index === last - index);
      for (const other of [alone?.score, found?.score]) {
        const isSame = other !== undefined && isNear(score, other, 1e-3 * Math.max(1, Math.abs(score)));
        assert.ok(isSame, `Document ${index} scored ${score}, then ${other}.`);
      }
    }
  });

  test('gives only the best with topN, and all when there are fewer', async () => {
    const { engine } = subject;
    const all = orderOf((await engine.rerank(query, documents)).results);
    for (const topN of [1, 2, 4, 100]) {
      const { results } = await engine.rerank(query, documents, { topN });
      assert.deepEqual(orderOf(results), all.slice(0, topN));
    }
  });

  test('gives the documents back when asked to, and only then', async () => {
    const { engine } = subject;
    for (const result of (await engine.rerank(query, documents, { returnDocuments: true })).results) {
      assert.equal(result.document, documents[result.index]);
    }
    for (const { document } of (await engine.rerank(query, documents)).results) assert.equal(document, undefined);
  });

  test('answers an empty list with an empty list', async () => {
    const { results, usage } = await subject.engine.rerank(query, []);
    assert.deepEqual(results, []);
    assert.equal(usage.promptTokens, 0);
  });

  test('bears an empty query, an empty document and a very long one', async () => {
    const { engine } = subject;
    const long = 'water under the bridge '.repeat(20_000);
    for (const [asked, texts] of [
      ['', documents],
      [query, ['', documents[1] ?? '']],
      [query, [long, documents[1] ?? '']],
    ] as const) {
      const { results } = await engine.rerank(asked, texts);
      assert.equal(results.length, texts.length);
      for (const { score } of results) assert.ok(Number.isFinite(score), `A score is ${score}.`);
    }
  });

  if (!understandsEnglish) return;
  test('puts the document that answers the query first', async () => {
    assert.equal((await subject.engine.rerank(query, documents)).results[0]?.index, 1);
  });
}

function refusals(subject: Subject<RerankEngine>): void {
  const { test } = subject;

  test('refuses a topN that cannot be', async () => {
    for (const topN of [0, -1, 1.5, Number.NaN]) {
      await rejection(() => subject.engine.rerank(query, documents, { topN }), 'InvalidParameter');
    }
  });

  test('refuses what is no query, no document and no list', async () => {
    const { engine } = subject;
    for (const wrong of [42, null, undefined, {}]) {
      const text = wrong as unknown as string;
      await rejection(() => engine.rerank(text, documents), 'RequestValidation', 'InvalidParameter');
      await rejection(() => engine.rerank(query, ['fine', text]), 'RequestValidation', 'InvalidParameter');
    }
    const list = 'not a list' as unknown as readonly string[];
    await rejection(() => engine.rerank(query, list), 'RequestValidation', 'InvalidParameter');
  });

  test('refuses an option that it does not know', async () => {
    const unknown = { topK: 1 } as RerankOptions;
    const call = () => subject.engine.rerank(query, documents, unknown);
    const { message } = await rejection(call, 'InvalidParameter', 'Unsupported');
    assert.match(message, /topK/, 'The message does not name the option.');
  });
}

function orderOf(results: readonly RankedDocument[]): number[] {
  return results.map(({ index }) => index);
}
