import type { ImagePreprocessing } from '@ferrum/images';
import type { Tokenizer } from '@ferrum/models';
import type { JointConfig } from './architecture/joint/joint-config.js';
import { visionTokens } from './architecture/vision-encoder-config.js';
import type { BatchRunner } from './batching/batch-queue.js';
import type { ImageTextLikeness } from './classify-image.js';
import { withPrompts } from './embed-settings.js';
import { BatchEmbedEngine } from './engine/batch-embed-engine.js';
import type { CheckedEmbedOptions } from './engine/engine-options.js';
import type { ImageRunner } from './engine/image-runner.js';
import type { TextInput } from './engine/text-tensors.js';
import { imageReader } from './image-reading.js';
import type { PulledModel } from './prepare-model.js';

export interface JointEngineParts {
  readonly model: PulledModel;
  readonly options: CheckedEmbedOptions;
  readonly config: JointConfig;
  readonly tokenizer: Tokenizer;
  readonly maxTokens: number;
  readonly texts: BatchRunner<TextInput> & { dispose(): Promise<void> };
  readonly images: ImageRunner;
  readonly preprocessing: ImagePreprocessing;
  readonly likeness?: ImageTextLikeness;
}

/** The engine of a model of texts and images, whichever way its two encoders were opened. */
export function jointEngine(parts: JointEngineParts): BatchEmbedEngine {
  const { model, options, config, tokenizer, maxTokens, texts, images, preprocessing, likeness } = parts;
  const settings = { normalizes: true, lowercases: false, prompts: {}, includesPrompt: true, maxTokens };
  return new BatchEmbedEngine({
    manifest: model.local.manifest,
    architecture: config.text.architecture,
    maxTokens,
    hiddenSize: config.text.hiddenSize,
    layers: config.text.layers.length,
    options,
    texts: {
      runner: texts,
      tokenizer,
      vocabularySize: config.text.vocabularySize,
      settings: withPrompts(settings, model, options),
      paddedTokens: config.paddedTokens,
    },
    images: { runner: images, read: imageReader(preprocessing, options), tokens: visionTokens(config.vision) },
    dimensions: config.width,
    ...(likeness ? { likeness } : {}),
    dispose: async () => {
      await Promise.all([texts.dispose(), images.dispose()]);
    },
  });
}
