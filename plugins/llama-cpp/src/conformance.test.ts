import { describeEmbedding, describeTextGeneration } from '@ferrum/conformance/vitest';
import { openEmbedEngine } from './embedding/open-embed-engine.js';
import { embedFeatures, textFeatures } from './features.js';
import { contextOf, tinyModels } from './testing/context-of.js';
import { openSmolLm2 } from './testing/smollm2.js';

// Without it so small a model loops inside a JSON string, and never comes to the end of the object.
const recommended = { repetitionPenalty: 1.1 };

describeTextGeneration(() => openSmolLm2({}, recommended), {
  name: 'text generation on llama.cpp: SmolLM2-135M',
  features: textFeatures,
  contextLength: 1024,
  timeoutMs: 300_000,
});

describeEmbedding(() => openEmbedEngine(contextOf(tinyModels.bert)), {
  name: 'embedding on llama.cpp: a tiny BERT',
  // Neither the file nor anybody else knows prompts of it.
  features: embedFeatures.filter((feature) => feature !== 'prompts'),
  understandsEnglish: false,
});

const nomic = contextOf(tinyModels.nomicBert);
const prompts = { query: 'search_query: ', document: 'search_document: ' };

describeEmbedding(() => openEmbedEngine({ ...nomic, model: { ...nomic.model, embedding: { prompts } } }), {
  name: 'embedding on llama.cpp: a tiny Nomic BERT',
  features: embedFeatures,
  understandsEnglish: false,
});
