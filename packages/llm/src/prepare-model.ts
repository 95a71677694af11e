import { createHash } from 'node:crypto';
import { open, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { EngineContext, LocalModel, ModelManifest } from '@ferrum/interfaces';
import {
  type ChatTemplate,
  chatTemplateFromGguf,
  defaultModelStore,
  ensureCacheEntry,
  loadChatTemplate,
  loadTokenizer,
  type Tokenizer,
  tokenizerFromGguf,
} from '@ferrum/models';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import type { DecoderConfig } from './architecture/decoder-config.js';
import type { LlmEngineOptions } from './engine/engine-options.js';
import { importInWorker } from './import/import-in-worker.js';
import { importVersion, weightsFile } from './import/import-model.js';
import { type ModelSource, openModelSource } from './import/model-source.js';
import type { WeightStorage } from './weights/storage.js';

/** A model that is on this machine, converted, and understood. */
export interface PreparedModel {
  readonly manifest: ModelManifest;
  /** For people. */
  readonly label: string;
  readonly config: DecoderConfig;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate | undefined;
  /** Where its graphs and weights are. */
  readonly directory: string;
}

/** Everything between a model's name and a graph that can be opened: pull, read, convert once. */
export async function prepareModel(
  context: EngineContext,
  options: Pick<LlmEngineOptions, 'quantization' | 'contextLength' | 'libraryPath'>,
): Promise<PreparedModel> {
  const { signal, onProgress } = context;
  const store = context.models ?? defaultModelStore();
  const model = await store.pull(context.model.reference, { signal, onProgress });
  const label = model.manifest.name ?? model.manifest.reference;
  const location = weightsOf(model);
  const source = await openModelSource(location);
  try {
    requireTrainedFor(options.contextLength, source.config, label);
    // Before the conversion, which takes longer than finding out that there is no tokenizer.
    const { tokenizer, template } = await readText(model, source);
    const storage = options.quantization ?? source.defaultStorage;
    const directory = await convertOnce(
      { location, source, storage, label, cacheDirectory: store.cacheDirectory, libraryPath: options.libraryPath },
      context,
    );
    throwIfAborted(signal, `Opening ${label}`);
    return { manifest: model.manifest, label, config: source.config, tokenizer, template, directory };
  } finally {
    await source.weights.close();
  }
}

/** Tells these weights, stored so, from any others, wherever they lie: a hash over the shape and samples of the bytes. */
export async function fingerprintOf({ directory, config }: PreparedModel): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([importVersion, config]));
  const file = await open(path.join(directory, weightsFile));
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

function requireTrainedFor(contextLength: number | undefined, config: DecoderConfig, label: string): void {
  if (contextLength === undefined || contextLength <= config.contextLength) return;
  throw new FerrumError(
    'InvalidParameter',
    `contextLength ${contextLength} is more than the ${config.contextLength} tokens that ${label} was trained for.`,
    { details: { parameter: 'contextLength' } },
  );
}

interface Conversion {
  readonly location: string;
  readonly source: ModelSource;
  readonly storage: WeightStorage;
  readonly label: string;
  readonly cacheDirectory: string;
  /** Converting runs the model once. */
  readonly libraryPath: string | undefined;
}

/** Makes sure that the model's graph is in the cache. @returns its folder */
async function convertOnce(conversion: Conversion, { signal, onProgress }: EngineContext): Promise<string> {
  const { location, source, storage, label, cacheDirectory, libraryPath } = conversion;
  const files = await Promise.all(weightFiles(source).map((file) => realpath(file)));
  const key = await cacheKey(location, files, [importVersion, storage, source.config]);
  return ensureCacheEntry(
    path.join(cacheDirectory, 'graphs', key),
    (directory, buildSignal) =>
      importInWorker({ location, directory, storage, libraryPath }, label, { signal: buildSignal, onProgress }),
    {
      signal,
      sources: files,
      onWait: () => {
        const waiting = `${label} (another process is converting it)`;
        onProgress?.({ phase: 'convert', label: waiting, unit: 'tensors', completed: 0 });
      },
    },
  );
}

/** The one GGUF file of a model, or the folder or file of its safetensors. */
function weightsOf(model: LocalModel): string {
  const { files, directory, manifest } = model;
  const names = Object.keys(files);
  const ggufs = names.filter((name) => /\.gguf$/i.test(name));
  if (ggufs.length > 1) {
    throw new FerrumError(
      'Unsupported',
      `${manifest.reference} holds several GGUF files; name one of them: ${ggufs.join(', ')}.`,
      { details: { files: ggufs } },
    );
  }
  const [gguf] = ggufs;
  if (gguf !== undefined) return files[gguf] as string;
  const tensors = names.filter((name) => /\.safetensors$/i.test(name));
  const [only] = tensors;
  if (only !== undefined) return tensors.length === 1 ? (files[only] as string) : directory;
  throw new FerrumError(
    'Unsupported',
    `${manifest.reference} holds neither a .gguf nor a .safetensors file (${names.slice(0, 8).join(', ') || 'no files'}).`,
  );
}

function weightFiles(source: ModelSource): string[] {
  return [...new Set([...source.weights.tensors.values()].map((tensor) => tensor.file))].sort();
}

/** Names the conversion: what made it and what it read. Files count by place, size and time. */
async function cacheKey(location: string, files: readonly string[], maker: unknown): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(maker));
  for (const file of files) {
    const { size, mtimeMs } = await stat(file);
    hash.update(JSON.stringify([file, size, mtimeMs]));
  }
  const name = path
    .basename(location)
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(0, 48);
  return `${name}-${hash.digest('hex').slice(0, 16)}`;
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
