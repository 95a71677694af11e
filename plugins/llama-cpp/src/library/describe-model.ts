import type { EngineConfig, ModelManifest } from '@ferrum/interfaces';
import type { LlamaModel } from 'node-llama-cpp';
import { deviceOf, type LoadedModel } from './load-model.js';

export function modelIdOf(manifest: ModelManifest): string {
  return manifest.name ?? manifest.reference;
}

/** The parts of a configuration that say what model is open, and on what. */
export function describeModel(
  loaded: Pick<LoadedModel, 'library' | 'model' | 'manifest'>,
  settings: { readonly contextLength: number; readonly threads?: number; readonly batchSize: number },
): Pick<EngineConfig, 'model' | 'backend'> {
  const { model, manifest, library } = loaded;
  const modelId = modelIdOf(manifest);
  const device = deviceOf(loaded);
  const { gpu } = library.llama;
  return {
    model: {
      modelId,
      modelInfo: {
        modelId,
        ...dimensionsOf(model),
        maxSequenceLength: settings.contextLength,
        device,
        ...(manifest.license === undefined ? {} : { license: manifest.license }),
        metadata: {},
      },
    },
    backend: { backendType: 'llama.cpp', device, backendOptions: { ...settings, gpu, gpuLayers: model.gpuLayers } },
  };
}

function dimensionsOf({ fileInfo, architecture }: LlamaModel) {
  const { block_count, embedding_length, attention } = fileInfo.architectureMetadata;
  const known = {
    hiddenSize: embedding_length,
    numLayers: block_count,
    numHeads: attention?.head_count,
    numKvHeads: attention?.head_count_kv,
    vocabSize: fileInfo.metadata.tokenizer.ggml.tokens.length,
  };
  // Some architectures have a value for each layer.
  const numbers = Object.entries(known).filter(([, value]) => typeof value === 'number');
  return {
    modelType: String(architecture),
    ...(Object.fromEntries(numbers) as { readonly [name in keyof typeof known]?: number }),
  };
}
