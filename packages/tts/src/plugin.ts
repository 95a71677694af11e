import type { EngineContext, ModelManifest, ModelMatch, Plugin } from '@ferrum/interfaces';
import { defaultModelStore } from '@ferrum/models';
import { definePlugin } from '@ferrum/registry';
import { version } from './engine/version.js';
import { ttsFeatures } from './features.js';

/** Registers speech synthesis with Piper and Kokoro voices. */
export const plugin: Plugin = definePlugin({
  specificationVersion: '1',
  name: '@ferrum/tts',
  version,
  register(registry) {
    registry.provideModels(defaultModelStore());
    registry.register({
      specificationVersion: '1',
      id: '@ferrum/tts/default',
      capability: 'speech',
      features: ttsFeatures,
      device: 'cpu',
      match,
      // Loaded on first use: listing engines needs no native library.
      create: async (context: EngineContext) => (await import('./open-tts-engine.js')).openTtsEngine(context),
    });
  },
});

const architectures = ['piper', 'kokoro'];

function match({ architecture, format, capabilities }: ModelManifest): ModelMatch {
  if (capabilities && !capabilities.includes('speech')) {
    return { score: 0, reason: `the model is for ${capabilities.join(', ') || 'other models to use'}` };
  }
  if (format !== undefined && format !== 'onnx') return { score: 0, reason: `cannot open ${format} files` };
  if (architecture === undefined) {
    return { score: 10, reason: 'the architecture is not known before the download' };
  }
  if (architectures.includes(architecture)) return { score: 50, reason: `opens ${architecture} models` };
  return { score: 0, reason: `cannot open architecture ${architecture}, only ${architectures.join(', ')}` };
}
