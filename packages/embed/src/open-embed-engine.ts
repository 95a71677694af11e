import path from 'node:path';
import type { EngineContext } from '@ferrum/interfaces';
import { loadTokenizer, weightFilesOf, weightsOf } from '@ferrum/models';
import { headWidth } from './architecture/head.js';
import { encoderOutput } from './architecture/text-encoder-graph.js';
import { pixelsInput } from './architecture/vision-encoder-graph.js';
import { overridesOf, refuseImageOptions, refusePooling, requireFloat, withPrompts } from './embed-settings.js';
import { BatchEmbedEngine } from './engine/batch-embed-engine.js';
import { type CheckedEmbedOptions, parseEmbedOptions } from './engine/engine-options.js';
import { ImageRunner } from './engine/image-runner.js';
import { TextRunner } from './engine/text-runner.js';
import { readPreprocessing, requireImageSize } from './image-reading.js';
import { textGraph } from './import/import-text.js';
import { visionGraph } from './import/import-vision.js';
import { jointEngine } from './joint-engine.js';
import { openJointSource } from './model/joint-source.js';
import { modelKind } from './model/model-kind.js';
import { openTextSource } from './model/text-source.js';
import { openOnnxEmbedEngine, openOnnxJointEngine } from './open-onnx.js';
import {
  convert,
  convertText,
  maxTokensOf,
  openSessions,
  type PulledModel,
  pullModel,
  readTokenizer,
} from './prepare-model.js';

/** Opens a model for embedding: text encoders, and models of texts and images. */
export async function openEmbedEngine(context: EngineContext): Promise<BatchEmbedEngine> {
  const options = parseEmbedOptions(context.options);
  const model = await pullModel(context);
  const kind = await modelKind(model.local);
  if (kind === 'text' || kind === 'onnx-text') refuseImageOptions(context.options, model.label);
  switch (kind) {
    case 'text':
      return openText(model, options, context);
    case 'joint':
      return openJoint(model, options, context);
    case 'onnx-text':
      return openOnnxEmbedEngine(model, options, context);
    case 'onnx-joint':
      return openOnnxJointEngine(model, options, context);
  }
}

async function openText(
  model: PulledModel,
  options: CheckedEmbedOptions,
  context: EngineContext,
): Promise<BatchEmbedEngine> {
  const overrides = overridesOf(model, options);
  const source = await openTextSource(weightsOf(model.local), 'embedding', overrides);
  try {
    const { config, head } = source;
    const tokenizer = await readTokenizer(model.local, source);
    const maxTokens = maxTokensOf(options, source.settings.maxTokens, config.maxTokens, model.label);
    const directory = await convertText(
      { model, source, purpose: 'embedding', overrides, tokenizer, options },
      context,
    );
    const [session] = await openSessions([path.join(directory, textGraph)], options, model, context);
    const runner = new TextRunner(session as NonNullable<typeof session>, head.modes);
    return new BatchEmbedEngine({
      manifest: model.local.manifest,
      architecture: config.architecture,
      maxTokens,
      hiddenSize: config.hiddenSize,
      layers: config.layers.length,
      options,
      texts: {
        runner,
        tokenizer,
        vocabularySize: config.vocabularySize,
        settings: withPrompts({ ...source.settings, maxTokens }, model, options),
      },
      dimensions: headWidth(head, config.hiddenSize),
      dispose: () => runner.dispose(),
    });
  } finally {
    await source.weights.close();
  }
}

async function openJoint(
  model: PulledModel,
  options: CheckedEmbedOptions,
  context: EngineContext,
): Promise<BatchEmbedEngine> {
  requireFloat(options, model.label, 'a model of texts and images');
  refusePooling(options, model.label);
  const { directory: location } = model.local;
  const source = await openJointSource(location);
  try {
    const { config, text, logits } = source;
    const tokenizer = await loadTokenizer(location);
    const preprocessing = await readPreprocessing(location, config.vision.architecture);
    requireImageSize(preprocessing, config.vision.imageSize, model.label);
    const maxTokens = maxTokensOf(options, text.settings.maxTokens, config.text.maxTokens, model.label);
    const job = { kind: 'joint', location, libraryPath: options.libraryPath } as const;
    const directory = await convert(job, model, weightFilesOf(source.weights), ['joint', config], context);
    const files = [textGraph, visionGraph].map((file) => path.join(directory, file));
    const [textSession, visionSession] = await openSessions(files, options, model, context);
    const texts = new TextRunner(textSession as NonNullable<typeof textSession>, text.head.modes);
    const names = { input: pixelsInput, output: encoderOutput };
    const images = new ImageRunner(visionSession as NonNullable<typeof visionSession>, preprocessing, names);
    const likeness = { kind: config.likeness, ...logits };
    return jointEngine({ model, options, config, tokenizer, maxTokens, texts, images, preprocessing, likeness });
  } finally {
    await source.weights.close();
  }
}
