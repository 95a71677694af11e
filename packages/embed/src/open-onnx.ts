import path from 'node:path';
import type { EngineContext } from '@ferrum/interfaces';
import { loadTokenizer } from '@ferrum/models';
import type { Session, ValueInfo } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import { headWidth } from './architecture/head.js';
import { readJointConfig } from './architecture/joint/joint-config.js';
import { overridesOf, refuse, refusePooling, requireFloat, withPrompts } from './embed-settings.js';
import { BatchEmbedEngine } from './engine/batch-embed-engine.js';
import { BatchRerankEngine } from './engine/batch-rerank-engine.js';
import type { CheckedEmbedOptions, CheckedRerankOptions } from './engine/engine-options.js';
import { ImageRunner } from './engine/image-runner.js';
import { type OnnxTextOutput, OnnxTextRunner, outputOf } from './engine/onnx-text-runner.js';
import { readPreprocessing, requireImageSize } from './image-reading.js';
import { headGraph } from './import/import-head.js';
import { jointEngine } from './joint-engine.js';
import { findGraph, type OnnxTextSource, openOnnxTextSource } from './model/onnx-source.js';
import { requireJson, type SentenceSettings } from './model/sentence-settings.js';
import { headOf } from './model/text-source.js';
import { convert, maxTokensOf, openSessions, type PulledModel } from './prepare-model.js';

const readyMade = 'a ready-made ONNX file, which is run as it is';

/** Opens an exported text encoder: its vectors as they are, or its hidden states with a head of ours. */
export async function openOnnxEmbedEngine(
  model: PulledModel,
  options: CheckedEmbedOptions,
  context: EngineContext,
): Promise<BatchEmbedEngine> {
  const { local, label } = model;
  requireFloat(options, label, readyMade);
  const source = await openOnnxTextSource(local, 'embedding', overridesOf(model, options));
  const tokenizer = await loadTokenizer(local.directory);
  const maxTokens = maxTokensOf(options, source.settings.maxTokens, source.limit, label);
  const encoder = await openOne(source.graph, options, model, context);
  try {
    const output = outputOf(encoder, 'embedding', source.graph);
    if (output.kind === 'vectors') refuse(options, ['pooling'], `${label} pools in its own graph (${output.name})`);
    const { head, width } = await openHead(output, encoder, source, model, options, context);
    const { modes } = source.sentence.pooling;
    const runner = new OnnxTextRunner(encoder, output, head, modes, tokenizer.specialTokens.pad ?? 0);
    return new BatchEmbedEngine({
      manifest: local.manifest,
      architecture: source.architecture,
      maxTokens,
      options,
      texts: {
        runner,
        tokenizer,
        vocabularySize: source.vocabularySize,
        settings: withPrompts({ ...source.settings, maxTokens }, model, options),
      },
      dimensions: width,
      dispose: () => runner.dispose(),
    });
  } catch (error) {
    await encoder.dispose();
    throw error;
  }
}

export async function openOnnxRerankEngine(
  model: PulledModel,
  options: CheckedRerankOptions,
  context: EngineContext,
): Promise<BatchRerankEngine> {
  const { local, label } = model;
  requireFloat(options, label, readyMade);
  const source = await openOnnxTextSource(local, 'reranking', {});
  const tokenizer = await loadTokenizer(local.directory);
  const maxTokens = maxTokensOf(options, source.settings.maxTokens, source.limit, label);
  const encoder = await openOne(source.graph, options, model, context);
  try {
    const output = outputOf(encoder, 'reranking', source.graph);
    const runner = new OnnxTextRunner(encoder, output, undefined, [], tokenizer.specialTokens.pad ?? 0);
    return new BatchRerankEngine({
      manifest: local.manifest,
      architecture: source.architecture,
      maxTokens,
      options,
      texts: { runner, tokenizer, maxTokens, vocabularySize: source.vocabularySize },
      dispose: () => runner.dispose(),
    });
  } catch (error) {
    await encoder.dispose();
    throw error;
  }
}

/** Opens the two halves of a CLIP-like model, as Optimum and transformers.js split it. */
export async function openOnnxJointEngine(
  model: PulledModel,
  options: CheckedEmbedOptions,
  context: EngineContext,
): Promise<BatchEmbedEngine> {
  const { local, label } = model;
  const { directory } = local;
  requireFloat(options, label, readyMade);
  refusePooling(options, label);
  const file = path.join(directory, 'config.json');
  const config = readJointConfig(await requireJson(file), file);
  const graphs = [findGraph(local, 'text_model.onnx'), findGraph(local, 'vision_model.onnx')];
  const tokenizer = await loadTokenizer(directory);
  const preprocessing = await readPreprocessing(directory, config.vision.architecture);
  requireImageSize(preprocessing, config.vision.imageSize, label);
  const maxTokens = maxTokensOf(options, config.text.maxTokens, config.text.maxTokens, label);
  const [text, vision] = (await openSessions(graphs, options, model, context)) as [Session, Session];
  try {
    const output = outputOf(text, 'embedding', graphs[0] as string);
    const names = { input: 'pixel_values', output: 'image_embeds' };
    const isFloat = (info: ValueInfo | undefined) => info?.type === 'float32';
    if (
      output.kind !== 'vectors' ||
      !isFloat(vision.inputs.get(names.input)) ||
      !isFloat(vision.outputs.get(names.output))
    ) {
      throw new FerrumError(
        'Unsupported',
        `The graphs of ${label} must give text_embeds of input_ids, and image_embeds of pixel_values, as float32.`,
      );
    }
    const texts = new OnnxTextRunner(text, output, undefined, [], tokenizer.specialTokens.pad ?? 0);
    const images = new ImageRunner(vision, preprocessing, names);
    return jointEngine({ model, options, config, tokenizer, maxTokens, texts, images, preprocessing });
  } catch (error) {
    await Promise.all([text.dispose(), vision.dispose()]);
    throw error;
  }
}

async function openOne(
  file: string,
  options: CheckedRerankOptions,
  model: PulledModel,
  context: EngineContext,
): Promise<Session> {
  const [session] = await openSessions([file], options, model, context);
  return session as Session;
}

async function openHead(
  output: OnnxTextOutput,
  encoder: Session,
  { graph, sentence }: OnnxTextSource,
  model: PulledModel,
  options: CheckedEmbedOptions,
  context: EngineContext,
): Promise<{ readonly head: Session | undefined; readonly width: number }> {
  if (output.kind === 'vectors') return { head: undefined, width: vectorWidth(encoder, output.name, graph) };
  const { hiddenSize } = output;
  const { pooling, dense }: Pick<SentenceSettings, 'pooling' | 'dense'> = sentence;
  const job = {
    kind: 'head',
    location: graph,
    libraryPath: options.libraryPath,
    sentence: { pooling, dense },
    hiddenSize,
  } as const;
  const files = [graph, ...dense.map(({ directory }) => path.join(directory, 'model.safetensors'))];
  const directory = await convert(job, model, files, ['head', pooling, dense, hiddenSize], context);
  return {
    head: await openOne(path.join(directory, headGraph), options, model, context),
    width: headWidth(headOf(sentence), hiddenSize),
  };
}

function vectorWidth(session: Session, name: string, graph: string): number {
  const width = session.outputs.get(name)?.dims.at(-1);
  if (typeof width === 'number') return width;
  throw new FerrumError('Unsupported', `${graph} does not say how many values its output ${name} has.`);
}
