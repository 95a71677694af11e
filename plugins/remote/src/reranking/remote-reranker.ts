import type { RankedDocument, RerankEngine, RerankOptions, RerankResult } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { inBatches } from '../batches.js';
import { signalField } from '../call-options.js';
import type { CheckedModel } from '../config/check-config.js';
import { RemoteEngine, type RemoteEngineParts } from '../engine/remote-engine.js';
import { invalidAnswer } from '../http/failure.js';
import { readJson } from '../http/read-body.js';
import { parse, withoutUndefined } from '../parse.js';

type Model = Extract<CheckedModel, { readonly capability: 'reranking' }>;

const optionsSchema = v.strictObject({
  topN: v.optional(v.pipe(v.number(), v.safeInteger('must be a whole number'), v.minValue(1, 'must be at least 1'))),
  returnDocuments: v.optional(v.boolean(), false),
  signal: signalField,
});

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0, 'must be at least 0'));
/** Jina's, which vLLM and llama.cpp have too. */
const answerSchema = v.object({
  results: v.array(v.object({ index: count, relevance_score: v.pipe(v.number(), v.finite()) })),
  usage: v.object({ prompt_tokens: v.optional(count), total_tokens: v.optional(count) }),
});

interface Scored {
  readonly index: number;
  readonly score: number;
  readonly relevanceScore: number;
}

/**
 * Reranks on servers through `/rerank`. The API tells probabilities: `score` is their logit, ln(p / (1 − p)), which is within
 * ±37 since a probability of 1 is one rounded up.
 */
export class RemoteReranker extends RemoteEngine<Model> implements RerankEngine {
  constructor(parts: RemoteEngineParts<Model>) {
    super(parts, 'Reranking');
  }

  async rerank(query: string, documents: readonly string[], options: RerankOptions = {}): Promise<RerankResult> {
    this.life.requireOpen();
    const { topN, returnDocuments, signal } = parse(
      optionsSchema,
      withoutUndefined(options),
      'The options',
      'InvalidParameter',
    );
    checkTexts(query, documents);
    const { servers, remoteModel, model } = this.parts;
    let scored: Scored[] = [];
    let promptTokens = 0;
    await this.call(signal, async (either) => {
      const batching = { servers, model: remoteModel, signal: either };
      const batches = await inBatches(documents, model.maxBatchSize, batching, async (batch, first, every) => {
        const answer = await this.#score(query, batch, every);
        promptTokens += answer.promptTokens;
        return answer.scored.map((one) => ({ ...one, index: first + one.index }));
      });
      scored = batches.flat();
      return promptTokens;
    });
    const results = scored
      .sort((a, b) => b.score - a.score || a.index - b.index)
      .slice(0, topN)
      .map((one): RankedDocument => (returnDocuments ? { ...one, document: documents[one.index] as string } : one));
    return { results, model: this.modelId, usage: { promptTokens } };
  }

  async #score(query: string, documents: readonly string[], signal: AbortSignal) {
    const { servers, remoteModel: model } = this.parts;
    const json = { model, query, documents, return_documents: false };
    const call = { method: 'POST', path: 'rerank', model, accept: 'application/json', body: { json } } as const;
    return servers.run(call, signal, async (response) => {
      const { results, usage } = await readJson(response, answerSchema);
      const indices = new Set(results.map(({ index }) => index));
      if (
        results.length !== documents.length ||
        indices.size !== results.length ||
        results.some(({ index }) => index >= results.length)
      ) {
        throw invalidAnswer(response.url, 'answers wrongly: it does not give each document one score.');
      }
      const promptTokens = usage.prompt_tokens ?? usage.total_tokens;
      if (promptTokens === undefined)
        throw invalidAnswer(response.url, 'answers wrongly: `usage.total_tokens` is missing.');
      return {
        scored: results.map(({ index, relevance_score }) => ({
          index,
          ...this.#toScore(response.url, relevance_score),
        })),
        promptTokens,
      };
    });
  }

  #toScore(url: string, given: number): Omit<Scored, 'index'> {
    if (this.parts.model.scores === 'logit') return { score: given, relevanceScore: 1 / (1 + Math.exp(-given)) };
    if (given < 0 || given > 1) {
      throw invalidAnswer(
        url,
        `gives a relevance_score of ${given}, which is no probability; set scores: 'logit' if it is one.`,
      );
    }
    const least = 2 ** -53;
    const within = Math.min(1 - least, Math.max(least, given));
    return { score: Math.log(within) - Math.log1p(-within), relevanceScore: given };
  }
}

function checkTexts(query: unknown, documents: unknown): void {
  const wrong = (input: string, message: string) =>
    new FerrumError('RequestValidation', `${input} must be ${message}.`, { details: { input } });
  if (typeof query !== 'string') throw wrong('query', 'a text');
  if (!Array.isArray(documents)) throw wrong('documents', 'a list of texts');
  const index = documents.findIndex((document) => typeof document !== 'string');
  if (index >= 0) throw wrong(`documents[${index}]`, 'a text');
}
