import type { EmbeddingDefaults } from '@ferrum/interfaces';
import type { CatalogueEntry } from './catalogue-entry.js';
import { minilm } from './minilm.js';

/** The instruction that several makers took over from BGE; documents get none. */
const searchPrompts = { query: 'Represent this sentence for searching relevant passages: ', document: '' };

const e5Prompts = { query: 'query: ', document: 'passage: ' };

const nomicPrompts = {
  query: 'search_query: ',
  document: 'search_document: ',
  clustering: 'clustering: ',
  classification: 'classification: ',
};

export const embeddingModels: readonly CatalogueEntry[] = [
  minilm,
  encoder('mpnet:base', 'sentence-transformers/all-mpnet-base-v2', {
    ...{ architecture: 'mpnet', license: 'Apache-2.0', contextLength: 384 },
    embedding: { pooling: 'mean', normalize: true },
  }),
  ...(['small', 'base', 'large'] as const).map((size) =>
    encoder(`bge:${size}-en-v1.5`, `BAAI/bge-${size}-en-v1.5`, {
      ...{ architecture: 'bert', license: 'MIT', contextLength: 512 },
      embedding: { prompts: searchPrompts, pooling: 'cls', normalize: true },
    }),
  ),
  encoder('bge:m3', 'BAAI/bge-m3@5617a9f61b028005a4858fdac845db406aefb181', {
    ...{ architecture: 'xlm-roberta', license: 'MIT', contextLength: 8192 },
    // This commit has PyTorch's own file and an ONNX file, and no safetensors.
    format: 'onnx',
    embedding: { pooling: 'cls', normalize: true },
  }),
  ...(['small', 'base', 'large'] as const).map((size) =>
    encoder(`e5:${size}-v2`, `intfloat/e5-${size}-v2`, {
      ...{ architecture: 'bert', license: 'MIT', contextLength: 512 },
      embedding: { prompts: e5Prompts, pooling: 'mean', normalize: true },
    }),
  ),
  encoder('multilingual-e5:small', 'intfloat/multilingual-e5-small', {
    ...{ architecture: 'bert', license: 'MIT', contextLength: 512 },
    embedding: { prompts: e5Prompts, pooling: 'mean', normalize: true },
  }),
  ...(['base', 'large'] as const).map((size) =>
    encoder(`multilingual-e5:${size}`, `intfloat/multilingual-e5-${size}`, {
      ...{ architecture: 'xlm-roberta', license: 'MIT', contextLength: 512 },
      embedding: { prompts: e5Prompts, pooling: 'mean', normalize: true },
    }),
  ),
  ...(['small', 'base', 'large'] as const).map((size) =>
    encoder(`gte:${size}`, `thenlper/gte-${size}`, {
      ...{ architecture: 'bert', license: 'MIT', contextLength: 512 },
      embedding: { pooling: 'mean' },
    }),
  ),
  encoder('gte:modernbert-base', 'Alibaba-NLP/gte-modernbert-base', {
    ...{ architecture: 'modernbert', license: 'Apache-2.0', contextLength: 8192 },
    embedding: { pooling: 'cls' },
  }),
  ...(['v1', 'v1.5'] as const).map((version) =>
    encoder(`nomic-embed:${version}`, `nomic-ai/nomic-embed-text-${version}`, {
      ...{ architecture: 'nomic_bert', license: 'Apache-2.0', contextLength: 8192 },
      embedding: { prompts: nomicPrompts, pooling: 'mean', normalize: true },
    }),
  ),
  ...(['xs', 's', 'm', 'l'] as const).map((size) =>
    encoder(`arctic-embed:${size}`, `Snowflake/snowflake-arctic-embed-${size}`, {
      ...{ architecture: 'bert', license: 'Apache-2.0', contextLength: 512 },
      embedding: { prompts: searchPrompts, pooling: 'cls', normalize: true },
    }),
  ),
  encoder('arctic-embed:l-v2', 'Snowflake/snowflake-arctic-embed-l-v2.0', {
    ...{ architecture: 'xlm-roberta', license: 'Apache-2.0', contextLength: 8192 },
    embedding: { prompts: { query: 'query: ', document: '' }, pooling: 'cls', normalize: true },
  }),
  encoder('mxbai-embed:large-v1', 'mixedbread-ai/mxbai-embed-large-v1', {
    ...{ architecture: 'bert', license: 'Apache-2.0', contextLength: 512 },
    embedding: { prompts: searchPrompts, pooling: 'cls' },
  }),
  // The branch that the hub converted to safetensors; `main` has none.
  encoder('clip:vit-base-patch32', 'openai/clip-vit-base-patch32@d15b5f29721ca72dac15f8526b284be910de18be', {
    ...{ architecture: 'clip', license: 'MIT', contextLength: 77 },
  }),
  encoder('siglip:base-patch16-224', 'google/siglip-base-patch16-224', {
    ...{ architecture: 'siglip', license: 'Apache-2.0', contextLength: 64 },
  }),
];

interface EncoderFacts {
  readonly architecture: string;
  readonly license: string;
  readonly contextLength: number;
  /** Default `safetensors`. */
  readonly format?: CatalogueEntry['format'];
  readonly embedding?: EmbeddingDefaults;
}

/** An entry whose only source is a repository of the hub. */
function encoder(name: string, repository: string, facts: EncoderFacts): CatalogueEntry {
  const title = repository.replace(/^[^/]+\/|@.*$/g, '');
  return { name, title, capability: 'embedding', format: 'safetensors', ...facts, sources: [`hf:${repository}`] };
}
