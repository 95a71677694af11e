import path from 'node:path';
import type { EngineContext } from '@ferrum/interfaces';
import { weightsOf } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import { BatchRerankEngine } from './engine/batch-rerank-engine.js';
import { type CheckedRerankOptions, parseRerankOptions } from './engine/engine-options.js';
import { TextRunner } from './engine/text-runner.js';
import { textGraph } from './import/import-text.js';
import { modelKind } from './model/model-kind.js';
import { openTextSource } from './model/text-source.js';
import { openOnnxRerankEngine } from './open-onnx.js';
import { convertText, maxTokensOf, openSessions, type PulledModel, pullModel, readTokenizer } from './prepare-model.js';

/** Opens a cross-encoder for reranking. */
export async function openRerankEngine(context: EngineContext): Promise<BatchRerankEngine> {
  const options = parseRerankOptions(context.options);
  const model = await pullModel(context);
  switch (await modelKind(model.local)) {
    case 'text':
      return openText(model, options, context);
    case 'onnx-text':
      return openOnnxRerankEngine(model, options, context);
    case 'joint':
    case 'onnx-joint':
      throw new FerrumError(
        'Unsupported',
        `${model.label} embeds texts and images and scores no pairs; embed with it.`,
      );
  }
}

async function openText(
  model: PulledModel,
  options: CheckedRerankOptions,
  context: EngineContext,
): Promise<BatchRerankEngine> {
  const source = await openTextSource(weightsOf(model.local), 'reranking');
  try {
    const { config, head } = source;
    const tokenizer = await readTokenizer(model.local, source);
    const maxTokens = maxTokensOf(options, source.settings.maxTokens, config.maxTokens, model.label);
    const conversion = { model, source, purpose: 'reranking', overrides: {}, tokenizer, options } as const;
    const directory = await convertText(conversion, context);
    const [session] = await openSessions([path.join(directory, textGraph)], options, model, context);
    const runner = new TextRunner(session as NonNullable<typeof session>, head.modes);
    return new BatchRerankEngine({
      manifest: model.local.manifest,
      architecture: config.architecture,
      maxTokens,
      hiddenSize: config.hiddenSize,
      layers: config.layers.length,
      options,
      texts: { runner, tokenizer, maxTokens, vocabularySize: config.vocabularySize },
      dispose: () => runner.dispose(),
    });
  } finally {
    await source.weights.close();
  }
}
