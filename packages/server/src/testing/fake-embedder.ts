import type {
  EmbeddingEncoding,
  EmbeddingResult,
  EmbedEngine,
  EmbedInput,
  EmbedOptions,
  RerankEngine,
} from '@ferrum/interfaces';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { fakeEngineBase } from './fake-engine-base.js';

export interface FakeEmbedderOptions {
  /** Values of an embedding. Default 4. */
  readonly width?: number;
  /** Awaited before texts are embedded. */
  readonly before?: (signal: AbortSignal | undefined) => unknown;
  /** Whether images are read. Default true. */
  readonly readsImages?: boolean;
}

export interface FakeEmbedder {
  readonly engine: EmbedEngine;
  /** As they came, and with which options. */
  readonly calls: { readonly texts: readonly EmbedInput[]; readonly options: EmbedOptions }[];
  readonly images: (string | Uint8Array)[];
}

/** Embeds a text as its length, its place and zeros, a list of token ids as their sum …, an image as minus its bytes. Reads 100 words. */
export function fakeEmbedder({ width = 4, before, readsImages = true }: FakeEmbedderOptions = {}): FakeEmbedder {
  const calls: FakeEmbedder['calls'] = [];
  const images: (string | Uint8Array)[] = [];
  const engine: EmbedEngine = {
    ...fakeEngineBase('fake-embedder'),
    promptNames: ['query'],
    embeddingDim: () => width,
    embedText: async (text) => vectorOf(text, 0, width),
    embedTexts: async <E extends EmbeddingEncoding>(texts: readonly EmbedInput[], options: EmbedOptions<E> = {}) => {
      calls.push({ texts, options });
      await before?.(options.signal);
      throwIfAborted(options.signal, 'Embedding texts');
      const { dimensions = width } = options;
      for (const [index, text] of texts.entries()) checkLength(text, `texts[${index}]`, options.truncate);
      return {
        embeddings: texts.map((text, index) => vectorOf(text, index, width).subarray(0, dimensions)),
        encoding: 'float',
        dimensions,
        model: 'fake-embedder',
        usage: { promptTokens: texts.reduce((sum, text) => sum + tokensOf(text), 0) },
      } as unknown as EmbeddingResult<E>;
    },
    embedImage: async (image) => {
      if (!readsImages) throw new FerrumError('Unsupported', 'fake-embedder reads only text.');
      images.push(image);
      if (image.length === 1) throw new FerrumError('InvalidFormat', "The image's 1 bytes are in no known format.");
      return new Float32Array(width).fill(-image.length);
    },
  };
  return { engine, calls, images };
}

/** Scores a document by how many words of the query it has, less how many of its own the query lacks. */
export function fakeReranker(): RerankEngine {
  return {
    ...fakeEngineBase('fake-reranker'),
    rerank: async (query, documents, { topN, signal } = {}) => {
      throwIfAborted(signal, 'Reranking documents');
      for (const [index, document] of documents.entries()) checkLength(document, `documents[${index}]`, 'error');
      const asked = new Set(query.split(' '));
      const results = documents
        .map((document, index) => {
          const score = document.split(' ').reduce((sum, word) => sum + (asked.has(word) ? 1 : -1), 0);
          return { index, score, relevanceScore: 1 / (1 + Math.exp(-score)) };
        })
        .sort((a, b) => b.score - a.score);
      const promptTokens = documents.reduce((sum, document) => sum + tokensOf(query) + tokensOf(document), 0);
      return { results: results.slice(0, topN), model: 'fake-reranker', usage: { promptTokens } };
    },
  };
}

function vectorOf(input: EmbedInput, place: number, width: number): Float32Array {
  const first = typeof input === 'string' ? input.length : input.reduce((sum, token) => sum + token, 0);
  return Float32Array.from({ length: width }, (_, index) => [first, place, 0.1][index] ?? 0);
}

function tokensOf(input: EmbedInput): number {
  return typeof input === 'string' ? input.split(' ').length : input.length;
}

function checkLength(input: EmbedInput, name: string, truncate: 'error' | 'end' = 'end'): void {
  if (truncate === 'end' || tokensOf(input) <= 100) return;
  throw new FerrumError('RequestValidation', `${name} has more than the 100 tokens that the model reads.`, {
    details: { input: name },
  });
}
