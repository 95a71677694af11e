import type { EngineConfig, ModelManifest } from '@ferrum/interfaces';
import type { ModelShape } from './model-shape.js';

/** The parts of a configuration that say what model is open, and on what. */
export function describeEngine(
  manifest: ModelManifest,
  config: ModelShape,
  backendOptions: EngineConfig['backend']['backendOptions'] & { readonly contextLength: number },
): Pick<EngineConfig, 'model' | 'backend'> {
  const modelId = modelIdOf(manifest);
  return {
    model: {
      modelId,
      modelInfo: {
        modelId,
        modelType: config.architecture,
        hiddenSize: config.hiddenSize,
        numLayers: config.layers,
        numHeads: config.heads,
        numKvHeads: config.kvHeads,
        vocabSize: config.vocabularySize,
        maxSequenceLength: backendOptions.contextLength,
        device: 'cpu',
        ...(manifest.license === undefined ? {} : { license: manifest.license }),
        metadata: {},
      },
    },
    backend: { backendType: 'onnxruntime', device: 'cpu', dtype: 'float32', backendOptions },
  };
}

export function modelIdOf(manifest: ModelManifest): string {
  return manifest.name ?? manifest.reference;
}
