import type { EngineContext, Plugin } from '@ferrum/interfaces';
import { definePlugin } from '@ferrum/registry';
import { embedFeatures, textFeatures } from './features.js';
import { matchEmbedding, matchText } from './match.js';
import { version } from './version.js';

/** Registers text generation and embedding of GGUF files on llama.cpp. */
export const plugin: Plugin = definePlugin({
  specificationVersion: '1',
  name: '@ferrum/plugin-llama-cpp',
  version,
  register(registry) {
    registry.register({
      specificationVersion: '1',
      id: '@ferrum/plugin-llama-cpp/text-generation',
      capability: 'text-generation',
      features: textFeatures,
      // Which one is found out when a model is opened; the engine's config() says.
      device: 'auto',
      match: matchText,
      // Loaded on first use: listing engines needs no native library.
      create: async (context: EngineContext) => (await import('./text/open-text-engine.js')).openTextEngine(context),
    });
    registry.register({
      specificationVersion: '1',
      id: '@ferrum/plugin-llama-cpp/embedding',
      capability: 'embedding',
      features: embedFeatures,
      device: 'auto',
      match: matchEmbedding,
      create: async (context: EngineContext) =>
        (await import('./embedding/open-embed-engine.js')).openEmbedEngine(context),
    });
  },
});
