import type { EngineContext, ModelManifest, ModelMatch, Plugin } from '@ferrum/interfaces';
import { defaultModelStore } from '@ferrum/models';
import { definePlugin } from '@ferrum/registry';
import { version } from './engine/version.js';
import { kokoroFeatures, piperFeatures } from './features.js';

/** Registers speech synthesis with Piper and Kokoro voices. */
export const plugin: Plugin = definePlugin({
  specificationVersion: '1',
  name: '@ferrum/tts',
  version,
  register(registry) {
    registry.provideModels(defaultModelStore());
    // Loaded on first use: listing engines needs no native library.
    const create = async (context: EngineContext) => (await import('./open-tts-engine.js')).openTtsEngine(context);
    for (const [architecture, features] of Object.entries(featuresByArchitecture)) {
      registry.register({
        specificationVersion: '1',
        id: `@ferrum/tts/${architecture}`,
        capability: 'speech',
        features,
        device: 'cpu',
        match: (model) => match(model, architecture),
        create,
      });
    }
  },
});

const featuresByArchitecture = { piper: piperFeatures, kokoro: kokoroFeatures };

function match({ architecture, format, capabilities }: ModelManifest, own: string): ModelMatch {
  if (capabilities && !capabilities.includes('speech')) {
    return { score: 0, reason: `the model is for ${capabilities.join(', ') || 'other models to use'}` };
  }
  if (format !== undefined && format !== 'onnx') return { score: 0, reason: `cannot open ${format} files` };
  if (architecture === undefined) {
    return { score: 10, reason: 'the architecture is not known before the download' };
  }
  if (architecture === own) return { score: 50, reason: `opens ${own} models` };
  return { score: 0, reason: `cannot open architecture ${architecture}, only ${own}` };
}
