import type { CatalogueEntry } from './catalogue-entry.js';

export const rerankingModels: readonly CatalogueEntry[] = [
  reranker('bge-reranker:base', 'BAAI/bge-reranker-base', 'xlm-roberta', 'MIT', 512),
  reranker('bge-reranker:large', 'BAAI/bge-reranker-large', 'xlm-roberta', 'MIT', 512),
  reranker('bge-reranker:v2-m3', 'BAAI/bge-reranker-v2-m3', 'xlm-roberta', 'Apache-2.0', 8192),
  reranker('ms-marco-minilm:l6-v2', 'cross-encoder/ms-marco-MiniLM-L6-v2', 'bert', 'Apache-2.0', 512),
  reranker('ms-marco-minilm:l12-v2', 'cross-encoder/ms-marco-MiniLM-L12-v2', 'bert', 'Apache-2.0', 512),
  reranker(
    'gte-reranker:modernbert-base',
    'Alibaba-NLP/gte-reranker-modernbert-base',
    'modernbert',
    'Apache-2.0',
    8192,
  ),
];

function reranker(
  name: string,
  repository: string,
  architecture: string,
  license: string,
  contextLength: number,
): CatalogueEntry {
  const title = repository.replace(/^[^/]+\//, '');
  return {
    ...{ name, title, capability: 'reranking', architecture, format: 'safetensors', license, contextLength },
    sources: [`hf:${repository}`],
  };
}
