import type {
  EmbeddingEncoding,
  EmbeddingResult,
  EmbeddingVectors,
  EmbedEngine,
  EmbedInput,
  EmbedOptions,
  ImageInput,
  Plugin,
  RerankEngine,
  RerankOptions,
} from '@ferrum/interfaces';
import { definePlugin, FerrumError } from '@ferrum/registry';
import { FakeOpenings } from './fake-openings.js';

export interface FakeEmbedder {
  readonly plugin: Plugin;
  /** Calls of `embedTexts` in the order they came. */
  readonly calls: { readonly texts: readonly string[]; readonly options: EmbedOptions }[];
  /** Texts of `embedText`. */
  readonly single: string[];
  readonly images: ImageInput[];
  readonly rerankings: {
    readonly query: string;
    readonly documents: readonly string[];
    readonly options: RerankOptions;
  }[];
  /** Options the engines were opened with. */
  readonly options: Readonly<Record<string, unknown>>[];
  /** Engines that were opened and not yet shut down. */
  readonly open: number;
}

export interface FakeEmbedderOptions {
  /** Values per embedding. Default 3. */
  readonly dimensions?: number;
  /** Called before each result; what it returns is awaited. */
  readonly before?: (texts: readonly string[]) => unknown;
}

/** The vector of the fake model: the text's length, then 0.5, then zeros. */
export function fakeVector(text: string, dimensions = 3): Float32Array {
  return Float32Array.from({ length: dimensions }, (_, index) => [text.length, 0.5][index] ?? 0);
}

/** A plugin whose engines embed a text as `fakeVector`, and score a document by how often it has the query in it. */
export function fakeEmbedder({ dimensions: width = 3, before = () => {} }: FakeEmbedderOptions = {}): FakeEmbedder {
  const calls: FakeEmbedder['calls'] = [];
  const single: string[] = [];
  const images: ImageInput[] = [];
  const rerankings: FakeEmbedder['rerankings'] = [];
  const openings = new FakeOpenings();

  const embedder: EmbedEngine = {
    ...openings.engine,
    embeddingDim: () => width,
    embedText: async (text, { signal } = {}) => {
      single.push(text);
      await before([text]);
      throwIfCancelled(signal);
      return fakeVector(text, width);
    },
    embedImage: async (image) => {
      images.push(image);
      return new Float32Array(width).fill(images.length);
    },
    embedTexts: async <E extends EmbeddingEncoding = 'float'>(
      inputs: readonly EmbedInput[],
      embedOptions: EmbedOptions<E> = {},
    ): Promise<EmbeddingResult<E>> => {
      const texts = inputs.map(String);
      calls.push({ texts, options: embedOptions });
      await before(texts);
      throwIfCancelled(embedOptions.signal);
      const { dimensions = width, encoding = 'float' as E } = embedOptions;
      embedOptions.onProgress?.({ completed: texts.length, total: texts.length });
      const embeddings = texts.map((text) => encode(fakeVector(text, dimensions), encoding));
      const promptTokens = texts.reduce((sum, text) => sum + tokensOf(text), 0);
      return { embeddings, encoding, dimensions, model: 'fake', usage: { promptTokens } };
    },
  };
  const reranker: RerankEngine = {
    ...openings.engine,
    rerank: async (query, documents, rerankOptions = {}) => {
      rerankings.push({ query, documents, options: rerankOptions });
      throwIfCancelled(rerankOptions.signal);
      const { topN = documents.length, returnDocuments = false } = rerankOptions;
      const results = documents
        .map((document, index) => {
          const score = document.split(query).length - 2;
          const relevanceScore = 1 / (1 + Math.exp(-score));
          return { index, score, relevanceScore, ...(returnDocuments && { document }) };
        })
        .sort((a, b) => b.score - a.score)
        .slice(0, topN);
      return { results, model: 'fake', usage: { promptTokens: 7 } };
    },
  };
  const plugin = definePlugin({
    specificationVersion: '1',
    name: 'fake-embedder',
    version: '1.2.3',
    register: (registry) => {
      registry.register(openings.descriptor('fake-embedder/embed', 'embedding', embedder, []));
      registry.register(openings.descriptor('fake-embedder/rerank', 'reranking', reranker, []));
    },
  });
  return {
    plugin,
    calls,
    single,
    images,
    rerankings,
    options: openings.options,
    get open() {
      return openings.open;
    },
  };
}

/** As the fake model counts: the words and two more. */
export function tokensOf(text: string): number {
  return text.split(' ').length + 2;
}

function encode<E extends EmbeddingEncoding>(vector: Float32Array, encoding: E): EmbeddingVectors[E] {
  const largest = Math.max(...vector.map(Math.abs));
  const vectors: EmbeddingVectors = {
    float: vector,
    int8: Int8Array.from(vector, (value) => Math.round((value * 127) / largest)),
    binary: Uint8Array.from({ length: Math.ceil(vector.length / 8) }, (_, byte) =>
      vector.slice(byte * 8, byte * 8 + 8).reduce((bits, value, bit) => bits | (value > 0 ? 128 >> bit : 0), 0),
    ),
  };
  return vectors[encoding];
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new FerrumError('Cancelled', 'The call was cancelled.');
}
