import type { EngineContext, ModelManifest, ModelMatch, Plugin } from '@ferrum/interfaces';
import { defaultModelStore } from '@ferrum/models';
import { definePlugin } from '@ferrum/registry';
import { version } from './engine/version.js';
import { whisperFeatures } from './features.js';

/** Registers transcription with Whisper models. */
export const plugin: Plugin = definePlugin({
  specificationVersion: '1',
  name: '@ferrum/whisper',
  version,
  register(registry) {
    registry.provideModels(defaultModelStore());
    registry.register({
      specificationVersion: '1',
      id: '@ferrum/whisper/default',
      capability: 'transcription',
      features: whisperFeatures,
      device: 'cpu',
      match,
      // Loaded on first use: listing engines needs no native library.
      create: async (context: EngineContext) => (await import('./open-whisper-engine.js')).openWhisperEngine(context),
    });
  },
});

function match({ architecture, format, capabilities }: ModelManifest): ModelMatch {
  if (capabilities && !capabilities.includes('transcription')) {
    return { score: 0, reason: `the model is for ${capabilities.join(', ') || 'other models to use'}` };
  }
  if (format === 'gguf' || format === 'onnx') return { score: 0, reason: `cannot open ${format} files` };
  if (architecture === undefined) {
    return { score: 10, reason: 'the architecture is not known before the download' };
  }
  if (architecture === 'whisper') return { score: 50, reason: 'opens whisper models' };
  return { score: 0, reason: `cannot open architecture ${architecture}, only whisper` };
}
