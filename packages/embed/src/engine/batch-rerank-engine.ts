import type { RankedDocument, RerankEngine, RerankOptions, RerankResult } from '@ferrum/interfaces';
import { describeIssue, wholeNumber } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import type { BatchRunner } from '../batching/batch-queue.js';
import { type PairReader, preparePair, prepareQuery } from '../text/prepare-pair.js';
import { BatchEngine } from './batch-engine.js';
import type { EngineParts } from './engine-core.js';
import { requireNumbers } from './require-numbers.js';
import type { TextInput } from './text-tensors.js';
import { sigmoid } from './vector-math.js';

export interface BatchRerankEngineParts extends EngineParts {
  readonly texts: PairReader & { readonly runner: BatchRunner<TextInput> };
}

const schema = v.strictObject({
  topN: v.optional(v.pipe(wholeNumber, v.minValue(1))),
  returnDocuments: v.optional(v.boolean(), false),
  signal: v.optional(v.instance(AbortSignal)),
});

/** Scores documents with a cross-encoder; what different callers hand over at the same time is computed together. */
export class BatchRerankEngine extends BatchEngine implements RerankEngine {
  constructor(private readonly parts: BatchRerankEngineParts) {
    super(parts);
  }

  async rerank(query: string, documents: readonly string[], options: RerankOptions = {}): Promise<RerankResult> {
    const { topN, returnDocuments, signal } = checkOptions(options);
    if (!Array.isArray(documents)) {
      throw new FerrumError('RequestValidation', 'documents must be a list of strings.', {
        details: { input: 'documents' },
      });
    }
    const { texts } = this.parts;
    const asked = prepareQuery(texts, query);
    const { vectors, tokens } = await this.core.compute({
      count: documents.length,
      prepare: (index) => {
        const input = preparePair(texts, asked, documents[index] as string, `documents[${index}]`);
        return { runner: texts.runner, input, length: input.ids.length, tokens: input.ids.length };
      },
      signal,
      what: 'Reranking documents',
    });
    const results = vectors
      .map((vector, index): RankedDocument => {
        const [score] = requireNumbers(vector, `documents[${index}]`);
        const ranked = { index, score: score as number, relevanceScore: sigmoid(score as number) };
        return returnDocuments ? { ...ranked, document: documents[index] as string } : ranked;
      })
      .sort((a, b) => b.score - a.score || a.index - b.index);
    return { results: results.slice(0, topN), model: this.modelId, usage: { promptTokens: tokens } };
  }
}

function checkOptions(options: RerankOptions): v.InferOutput<typeof schema> {
  const result = v.safeParse(schema, options, { abortEarly: true });
  if (result.success) return result.output;
  const { field, message } = describeIssue(result.issues);
  throw new FerrumError('InvalidParameter', `${field || 'options'}: ${message}.`, {
    details: { parameter: field || 'options' },
  });
}
