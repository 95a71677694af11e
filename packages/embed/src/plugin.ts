import type { Capability, EngineContext, ModelManifest, ModelMatch, Plugin } from '@ferrum/interfaces';
import { defaultModelStore } from '@ferrum/models';
import { definePlugin } from '@ferrum/registry';
import { ggufTypes, jointTypes, textTypes } from './architecture/text/supported.js';
import { version } from './engine/version.js';
import { embedFeatures, jointFeatures, rerankFeatures } from './features.js';

/** Registers embedding of texts and images, and reranking. */
export const plugin: Plugin = definePlugin({
  specificationVersion: '1',
  name: '@ferrum/embed',
  version,
  register(registry) {
    registry.provideModels(defaultModelStore());
    // Loaded on first use: listing engines needs no native library.
    const create = async (context: EngineContext) => (await import('./open-embed-engine.js')).openEmbedEngine(context);
    registry.register({
      specificationVersion: '1',
      id: '@ferrum/embed/text',
      capability: 'embedding',
      features: embedFeatures,
      device: 'cpu',
      match: (model) => match(model, 'embedding', textTypes, ggufTypes),
      create,
    });
    registry.register({
      specificationVersion: '1',
      id: '@ferrum/embed/text-image',
      capability: 'embedding',
      features: jointFeatures,
      device: 'cpu',
      match: (model) => match(model, 'embedding', jointTypes, []),
      create,
    });
    registry.register({
      specificationVersion: '1',
      id: '@ferrum/embed/rerank',
      capability: 'reranking',
      features: rerankFeatures,
      device: 'cpu',
      match: (model) => match(model, 'reranking', textTypes, ggufTypes),
      create: async (context) => (await import('./open-rerank-engine.js')).openRerankEngine(context),
    });
  },
});

function match(
  { architecture, format, capabilities }: ModelManifest,
  capability: Capability,
  types: readonly string[],
  ggufs: readonly string[],
): ModelMatch {
  if (capabilities && !capabilities.includes(capability)) {
    return { score: 0, reason: `the model is for ${capabilities.join(', ') || 'other models to use'}` };
  }
  if (format === 'ctranslate2') return { score: 0, reason: 'cannot open ctranslate2 files' };
  if (architecture === undefined) {
    return { score: 10, reason: 'the architecture is not known before the download' };
  }
  const known = format === 'gguf' ? ggufs : types;
  if (known.includes(architecture)) return { score: 50, reason: `opens ${architecture} models` };
  // An exported graph needs no architecture that we can build.
  if (format === 'onnx' && types === textTypes && !jointTypes.includes(architecture)) {
    return { score: 30, reason: 'runs the ONNX file as it is' };
  }
  return { score: 0, reason: `cannot open architecture ${architecture}, only ${known.join(', ') || 'none in gguf'}` };
}
