import type { EngineContext, ModelManifest, ModelMatch, Plugin } from '@ferrum/interfaces';
import { defaultModelStore } from '@ferrum/models';
import { definePlugin } from '@ferrum/registry';
import { supportedArchitectures } from './architecture/supported.js';
import { version } from './engine/version.js';
import { engineFeatures, referenceFeatures } from './features.js';

/** Registers text generation for models in GGUF and safetensors files, and for ready-made ONNX decoders. */
export const plugin: Plugin = definePlugin({
  specificationVersion: '1',
  name: '@ferrum/llm',
  version,
  register(registry) {
    registry.provideModels(defaultModelStore());
    registry.register({
      specificationVersion: '1',
      id: '@ferrum/llm/continuous-batch',
      capability: 'text-generation',
      features: engineFeatures,
      device: 'cpu',
      match,
      // Loaded on first use: listing engines needs no native library.
      create: async (context: EngineContext) => (await import('./open-engine.js')).openEngine(context),
    });
    registry.register({
      specificationVersion: '1',
      id: '@ferrum/llm/default',
      capability: 'text-generation',
      features: referenceFeatures,
      device: 'cpu',
      match: (model) => asReference(match(model)),
      create: async (context: EngineContext) => (await import('./open-engine.js')).openReferenceEngine(context),
    });
  },
});

/** Chosen only where it is preferred by name. */
function asReference({ score, reason }: ModelMatch): ModelMatch {
  return { score: score / 2, reason: score > 0 ? `${reason}, one request at a time (the reference engine)` : reason };
}

function match(model: ModelManifest): ModelMatch {
  const { architecture, format, capabilities } = model;
  if (capabilities && !capabilities.includes('text-generation')) {
    return { score: 0, reason: `the model is for ${capabilities.join(', ') || 'other models to use'}` };
  }
  if (format === 'onnx') {
    return capabilities
      ? { score: 50, reason: 'opens ready-made ONNX decoders' }
      : { score: 0, reason: 'the configuration beside the ONNX file does not say that it generates text' };
  }
  if (format && format !== 'gguf' && format !== 'safetensors') {
    return { score: 0, reason: `cannot open ${format} files, only gguf, safetensors and onnx` };
  }
  if (architecture === undefined) {
    return { score: 10, reason: 'the architecture is not known before the download' };
  }
  if (!supportedArchitectures.includes(architecture)) {
    return { score: 0, reason: `cannot open architecture ${architecture}, only ${supportedArchitectures.join(', ')}` };
  }
  return { score: 50, reason: `opens ${architecture} models` };
}
