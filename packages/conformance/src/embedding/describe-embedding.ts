import type { EmbedEngine } from '@ferrum/interfaces';
import type { ConformanceOptions, EngineFactory } from '../conformance-options.js';
import { engineContract } from '../engine/engine-contract.js';
import { describeSubject } from '../engine/subject.js';
import type { TestRunner } from '../runner/test-runner.js';
import { embeddingInputs } from './embedding-inputs.js';
import { embeddingResults } from './embedding-results.js';
import { imageEmbedding } from './image-embedding.js';
import { manyTexts } from './texts.js';
import { vectorOptions } from './vector-options.js';
import { cosine } from './vectors.js';

export interface EmbeddingOptions extends ConformanceOptions {
  /** Whether every embedding has length 1. Default true. */
  readonly normalized?: boolean;
  /** Whether what English texts mean shows in their embeddings; not in those of a model made for tests. Default true. */
  readonly understandsEnglish?: boolean;
  /**
   * How far a value of an embedding may move when its text is computed beside others, over the length of the embedding.
   * Default 1e-4; what computes in less than 32 bits needs more.
   */
  readonly tolerance?: number;
}

/** The contract of `embedding`. */
export function describeEmbedding(
  runner: TestRunner,
  open: EngineFactory<EmbedEngine>,
  options: EmbeddingOptions,
): void {
  const { normalized = true, understandsEnglish = true, tolerance = 1e-4 } = options;
  describeSubject(runner, { ...options, capability: 'embedding', open }, (subject) => {
    let first: Float32Array | undefined;
    engineContract(subject, {
      // Beside others a text may be computed in another order of sums: what is compared is its likeness to the first answer.
      short: async (engine, { signal }) => {
        const vector = await engine.embedText('The harbour is quiet at night.', { signal });
        first ??= vector;
        return Math.round(cosine(vector, first) * 1e3);
      },
      long: (engine, { signal }) => engine.embedTexts(manyTexts(48, 80), { signal }),
    });
    embeddingResults(subject, { normalized, understandsEnglish, tolerance });
    embeddingInputs(subject);
    vectorOptions(subject);
    imageEmbedding(subject, { normalized });
  });
}
