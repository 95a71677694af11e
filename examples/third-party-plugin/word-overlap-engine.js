import { TurnTaker } from '@ferrum/registry/concurrency';
import { EngineLife } from '@ferrum/registry/engine';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';

/** @implements {import('@ferrum/interfaces').RerankEngine} */
export class WordOverlapEngine {
  specificationVersion = '1';
  #life;

  constructor(manifest, version) {
    // Counts calls, ends them at shutdown, and answers for status, metrics and health.
    this.#life = new EngineLife({
      manifest,
      version,
      what: 'Reranking',
      maxRequests: 64,
      drainTimeoutMs: 1000,
      timedParts: ['modelExecutionTimeMs'],
      dispose: async () => {},
    });
  }

  get modelId() {
    return this.#life.modelId;
  }

  config() {
    return {
      model: { modelId: this.modelId },
      backend: { backendType: 'javascript', device: 'cpu', backendOptions: {} },
    };
  }

  async rerank(query, documents, { topN, returnDocuments = false, signal, ...unknown } = {}) {
    check(query, documents, topN, unknown);
    let ranked = [];
    let promptTokens = 0;
    await this.#life.call(signal, async (eitherSignal) => {
      throwIfAborted(eitherSignal, 'Reranking');
      const begun = performance.now();
      // Long lists must not hold up the event loop.
      const turns = new TurnTaker({ signal: eitherSignal, what: 'Reranking', stretchMs: 0 });
      const wanted = words(query);
      for (const [index, document] of documents.entries()) {
        await turns.next();
        const found = words(document);
        promptTokens += wanted.size + found.size;
        const score = logit(overlap(wanted, found));
        const relevanceScore = 1 / (1 + Math.exp(-score));
        ranked.push({ index, score, relevanceScore, ...(returnDocuments && { document }) });
      }
      ranked = ranked.sort((a, b) => b.score - a.score).slice(0, topN);
      this.#life.ran(performance.now() - begun);
      return promptTokens;
    });
    return { results: ranked, model: this.modelId, usage: { promptTokens } };
  }

  status = () => this.#life.status();
  metrics = () => this.#life.metrics();
  healthCheck = () => this.#life.healthCheck();
  shutdown = (options) => this.#life.shutdown(options);
  [Symbol.asyncDispose] = () => this.shutdown();
}

const words = (text) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu));

/** The share of the query's letters that stand in words of the document: long words say more than short ones. */
function overlap(wanted, found) {
  const letters = (some) => some.reduce((sum, word) => sum + word.length ** 2, 0);
  const all = letters([...wanted]);
  return all === 0 ? 0 : letters([...wanted].filter((word) => found.has(word))) / all;
}

/** Log-odds; the margin keeps it finite. */
const logit = (share) => Math.log((share + 0.01) / (1.01 - share));

function check(query, documents, topN, unknown) {
  const invalid = (what) => new FerrumError('InvalidParameter', what);
  const [option] = Object.keys(unknown);
  if (option !== undefined) throw invalid(`rerank() of word-overlap has no option ${option}.`);
  if (typeof query !== 'string') throw invalid('The query must be a string.');
  if (!Array.isArray(documents) || documents.some((document) => typeof document !== 'string')) {
    throw invalid('documents must be a list of strings.');
  }
  if (topN !== undefined && !(Number.isInteger(topN) && topN >= 1))
    throw invalid('topN must be an integer, at least 1.');
}
