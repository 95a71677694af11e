import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { EngineContext, LocalModel, ModelManifest } from '@ferrum/interfaces';
import {
  type ChatTemplate,
  chatTemplateFromGguf,
  defaultModelStore,
  ensureConverted,
  loadChatTemplate,
  loadTokenizer,
  type Tokenizer,
  tokenizerFromGguf,
  weightFilesOf,
  weightsOf,
} from '@ferrum/models';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import type { DecoderConfig } from './architecture/decoder-config.js';
import { invalidOption, type LlmEngineOptions } from './engine/engine-options.js';
import type { ModelShape } from './engine/model-shape.js';
import { importInWorker } from './import/import-in-worker.js';
import { importVersion, weightsFile } from './import/import-model.js';
import { type ModelSource, openModelSource } from './import/model-source.js';
import { type DecoderLayout, decoderFiles } from './onnx-decoder/layout.js';
import { isOnnxModel, prepareDecoder } from './onnx-decoder/prepare-decoder.js';
import { type FrameSettings, readFrameSettings } from './vision/frame-settings.js';
import { imageMark } from './vision/image-prompt.js';

/** A model that is on this machine, converted, and understood. */
export interface PreparedModel {
  readonly manifest: ModelManifest;
  /** For people. */
  readonly label: string;
  readonly config: DecoderConfig;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate | undefined;
  /** Of a model that sees: what is done to images first. */
  readonly frames?: FrameSettings | undefined;
  /** Where its graphs and weights are. */
  readonly directory: string;
  readonly layout?: undefined;
}

/** The same of a graph that came ready-made. */
export interface PreparedDecoder extends Omit<PreparedModel, 'config' | 'layout'> {
  readonly config: ModelShape;
  readonly layout: DecoderLayout;
}

/** Everything between a model's name and a graph that can be opened: pull, read, convert once. */
export async function prepareModel(
  context: EngineContext,
  options: Pick<LlmEngineOptions, 'quantization' | 'graphFile' | 'contextLength' | 'libraryPath'>,
): Promise<PreparedModel | PreparedDecoder> {
  const { signal, onProgress } = context;
  const store = context.models ?? defaultModelStore();
  const model = await store.pull(context.model.reference, { signal, onProgress });
  const label = model.manifest.name ?? model.manifest.reference;
  if (isOnnxModel(model) || options.graphFile !== undefined) {
    requireBuiltHere(context.options, label);
    const decoder = await prepareDecoder(model, label, options, store.cacheDirectory, context);
    requireTrainedFor(options.contextLength, decoder.config, label);
    return { manifest: model.manifest, label, ...decoder };
  }
  const location = weightsOf(model);
  const source = await openModelSource(location, options.contextLength);
  try {
    requireTrainedFor(options.contextLength, source.config, label);
    // Before the conversion, which takes longer than finding out that there is no tokenizer.
    const { tokenizer, template } = await readText(model, source);
    const frames = await readFrames(model, source, tokenizer);
    const storage = options.quantization ?? source.defaultStorage;
    const { libraryPath, contextLength } = options;
    const directory = await ensureConverted(
      {
        location,
        files: weightFilesOf(source.weights),
        maker: [importVersion, storage, source.config, source.grouping],
        label,
        cacheDirectory: store.cacheDirectory,
        convert: (folder, conversion) =>
          importInWorker({ location, directory: folder, storage, libraryPath, contextLength }, label, conversion),
      },
      context,
    );
    throwIfAborted(signal, `Opening ${label}`);
    return { manifest: model.manifest, label, config: source.config, tokenizer, template, frames, directory };
  } finally {
    await source.weights.close();
  }
}

/** Tells these weights, stored so, from any others, wherever they lie: a hash over the shape and samples of the bytes. */
export async function fingerprintOf({ directory, config, layout }: PreparedModel | PreparedDecoder): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([importVersion, config]));
  const file = await open(path.join(directory, layout ? decoderFiles.weights : weightsFile));
  try {
    const { size } = await file.stat();
    hash.update(String(size));
    const sample = Buffer.alloc(4096);
    for (let i = 0; i < 64; i++) {
      const { bytesRead } = await file.read(sample, 0, sample.length, Math.floor((size / 64) * i));
      hash.update(sample.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

function requireTrainedFor(contextLength: number | undefined, config: ModelShape, label: string): void {
  if (contextLength === undefined || contextLength <= config.contextLength) return;
  throw new FerrumError(
    'InvalidParameter',
    `contextLength ${contextLength} is more than the ${config.contextLength} tokens that ${label} was trained for.`,
    { details: { parameter: 'contextLength' } },
  );
}

/** Options that need a graph of ours. */
function requireBuiltHere(options: EngineContext['options'], label: string): void {
  const why = `${label} is a ready-made ONNX graph`;
  if (options.fastPrefill === true) {
    throw invalidOption('fastPrefill', `fastPrefill: ${why}, which has no second one for prompts; leave it out`);
  }
  if (options.adapters !== undefined) {
    throw invalidOption('adapters', `adapters: ${why}, which takes none; leave it out`);
  }
  if (options.kvCacheType === 'int8') {
    throw invalidOption(
      'kvCacheType',
      `kvCacheType: ${why}, whose cache keeps the type that the graph has; leave it out`,
    );
  }
}

async function readFrames(
  model: LocalModel,
  { config }: ModelSource,
  tokenizer: Tokenizer,
): Promise<FrameSettings | undefined> {
  if (!config.vision) return undefined;
  const { imageToken } = config.vision;
  const found = tokenizer.encode(imageMark, { addSpecialTokens: false });
  if (found.length !== 1 || found[0] !== imageToken) {
    throw new FerrumError(
      'InvalidFormat',
      `config.json says that the token ${imageToken} stands for images, but the tokenizer makes [${found.join(', ')}] of ` +
        `"${imageMark}"; they do not belong together.`,
      { details: { field: 'image_token_id' } },
    );
  }
  return readFrameSettings(model.directory, config.vision);
}

async function readText(
  model: LocalModel,
  source: ModelSource,
): Promise<{ tokenizer: Tokenizer; template: ChatTemplate | undefined }> {
  const { metadata, format } = source.weights;
  if (format === 'gguf') return { tokenizer: tokenizerFromGguf(metadata), template: chatTemplateFromGguf(metadata) };
  const [tokenizer, template] = await Promise.all([loadTokenizer(model.directory), loadChatTemplate(model.directory)]);
  return { tokenizer, template };
}
