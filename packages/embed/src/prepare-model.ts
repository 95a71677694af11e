import { stat } from 'node:fs/promises';
import type { EngineContext, LocalModel } from '@ferrum/interfaces';
import {
  defaultModelStore,
  ensureConverted,
  loadTokenizer,
  type Tokenizer,
  tokenizerFromGguf,
  weightFilesOf,
  weightsOf,
} from '@ferrum/models';
import { byteArithmetic, type Session } from '@ferrum/onnx';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import type { CheckedRerankOptions } from './engine/engine-options.js';
import { invalidOption } from './engine/engine-options.js';
import { openSession, type SessionPlace } from './engine/open-session.js';
import type { TextInput } from './engine/text-tensors.js';
import { type ImportJob, importInWorker, importVersion } from './import/import-job.js';
import { sampleQueries, sampleTexts } from './import/sample-texts.js';
import type { TextOverrides, TextPurpose, TextSource } from './model/text-source.js';
import { preparePair, prepareQuery } from './text/prepare-pair.js';
import { prepareText } from './text/prepare-text.js';

/** A model whose files are on this machine, and what it is opened with. */
export interface PulledModel {
  readonly local: LocalModel;
  /** For people. */
  readonly label: string;
  readonly cacheDirectory: string;
}

export async function pullModel(context: EngineContext): Promise<PulledModel> {
  const { signal, onProgress } = context;
  const store = context.models ?? defaultModelStore();
  const local = await store.pull(context.model.reference, { signal, onProgress });
  return { local, label: local.manifest.name ?? local.manifest.reference, cacheDirectory: store.cacheDirectory };
}

/** @throws FerrumError `InvalidParameter` when the option asks for more than the model reads. */
export function maxTokensOf(
  { maxSequenceLength }: Pick<CheckedRerankOptions, 'maxSequenceLength'>,
  own: number,
  limit: number,
  label: string,
): number {
  if (maxSequenceLength === undefined) return own;
  if (maxSequenceLength <= limit) return maxSequenceLength;
  throw invalidOption(
    'maxSequenceLength',
    `maxSequenceLength: ${maxSequenceLength} is more than the ${limit} tokens that ${label} reads`,
  );
}

export function readTokenizer(local: LocalModel, source: TextSource): Promise<Tokenizer> {
  const { format, metadata } = source.weights;
  return format === 'gguf' ? Promise.resolve(tokenizerFromGguf(metadata)) : loadTokenizer(local.directory);
}

export interface TextConversion {
  readonly model: PulledModel;
  readonly source: TextSource;
  readonly purpose: TextPurpose;
  readonly overrides: TextOverrides;
  readonly tokenizer: Tokenizer;
  readonly options: Pick<CheckedRerankOptions, 'quantization' | 'libraryPath'>;
}

/** Makes sure that a text encoder's graph is in the cache. @returns its folder */
export async function convertText(conversion: TextConversion, context: EngineContext): Promise<string> {
  const { model, source, purpose, overrides, options } = conversion;
  const { quantization: storage, libraryPath } = options;
  const location = weightsOf(model.local);
  await byteArithmetic({ requested: storage, option: 'quantization', libraryPath, label: model.label });
  const samples = storage === 'int8' ? samplesOf(conversion) : [];
  const job = { kind: 'text', location, libraryPath, purpose, overrides, storage, samples } as const;
  const files = [
    ...weightFilesOf(source.weights),
    ...source.headLayers.flatMap(({ file }) => (file === undefined ? [] : [file])),
  ];
  return convert(job, model, [...new Set(files)], [purpose, storage, source.config, source.head], context);
}

/** Makes sure that what the job writes is in the cache. @returns its folder */
export async function convert(
  job: DistributiveOmit<ImportJob, 'directory'>,
  { label, cacheDirectory }: PulledModel,
  files: readonly string[],
  maker: unknown,
  context: EngineContext,
): Promise<string> {
  await requireFiles(files);
  return ensureConverted(
    {
      location: job.location,
      files: [...files].sort(),
      maker: ['@ferrum/embed', importVersion, maker],
      label,
      cacheDirectory,
      convert: (directory, options) => importInWorker({ ...job, directory }, label, options),
    },
    context,
  );
}

/** What a configuration speaks of need not be there. */
async function requireFiles(files: readonly string[]): Promise<void> {
  for (const file of files) {
    const isThere = await stat(file).then(
      () => true,
      () => false,
    );
    if (isThere) continue;
    const message = `${file} is missing; the model's folder is incomplete, or has weights only in PyTorch's own format (.bin).`;
    throw new FerrumError('NotFound', message);
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** Opens what is given one after the other; when one fails, or the signal has fired meanwhile, what is open is closed. */
export async function openSessions(
  files: readonly string[],
  place: SessionPlace,
  { label }: PulledModel,
  { signal, onProgress }: EngineContext,
): Promise<readonly Session[]> {
  const load = { phase: 'load', label, unit: 'steps', total: files.length } as const;
  const sessions: Session[] = [];
  onProgress?.({ ...load, completed: 0 });
  try {
    for (const file of files) {
      sessions.push(await openSession(file, place));
      throwIfAborted(signal, `Opening ${label}`);
      onProgress?.({ ...load, completed: sessions.length });
    }
    return sessions;
  } catch (error) {
    await Promise.all(sessions.map((session) => session.dispose()));
    throw error;
  }
}

/** Long enough to be like real texts, short enough to be quick. */
const sampleTokens = 128;

function samplesOf({ tokenizer, source, purpose }: TextConversion): TextInput[] {
  const maxTokens = Math.min(sampleTokens, source.settings.maxTokens);
  const { vocabularySize } = source.config;
  if (purpose === 'reranking') {
    const reader = { tokenizer, maxTokens, vocabularySize };
    return sampleQueries.flatMap((query) => {
      const asked = prepareQuery(reader, query);
      return sampleTexts.map((text) => preparePair(reader, asked, text, 'sample'));
    });
  }
  const settings = { ...source.settings, maxTokens };
  const reader = { tokenizer, settings, vocabularySize };
  return sampleTexts.map((text) => prepareText(reader, text, { truncate: 'end', prompt: '' }, 'sample').input);
}
