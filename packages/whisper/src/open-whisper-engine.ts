import path from 'node:path';
import { LogMel, VoiceActivityDetector, warmDecoder } from '@ferrum/audio';
import type { EngineContext, LocalModel, ModelStore } from '@ferrum/interfaces';
import { defaultModelStore, ensureConverted, loadTokenizer, weightFilesOf, weightsOf } from '@ferrum/models';
import { byteArithmetic } from '@ferrum/onnx';
import { abortable } from '@ferrum/registry/concurrency';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { DecodingLoop } from './engine/decoding-loop.js';
import { EngineCore } from './engine/engine-core.js';
import { type CheckedEngineOptions, parseEngineOptions } from './engine/engine-options.js';
import { OnnxWhisperRunner } from './engine/onnx-whisper-runner.js';
import { WhisperEngine } from './engine/whisper-engine.js';
import { importInWorker, importVersion, type WeightStorage } from './import/import-job.js';
import { openWhisperSource, type WhisperSource } from './model/whisper-source.js';
import { createWhisperTokens, type WhisperTokens } from './tokens/whisper-tokens.js';

/** Opens a Whisper model for transcription. */
export async function openWhisperEngine(context: EngineContext): Promise<WhisperEngine> {
  const options = parseEngineOptions(context.options);
  const { signal, onProgress } = context;
  const store = context.models ?? defaultModelStore();
  const local = await store.pull(context.model.reference, { signal, onProgress });
  const label = local.manifest.name ?? local.manifest.reference;
  const quantization = await byteArithmetic({
    requested: options.quantization,
    option: 'quantization',
    libraryPath: options.libraryPath,
    label,
  });
  const location = weightsOf(local);
  const source = await openWhisperSource(location, local.directory);
  try {
    const { config } = source;
    const tokens = createWhisperTokens(await loadTokenizer(local.directory), {
      vocabularySize: config.vocabularySize,
      generationConfig: source.generationConfig,
    });
    const directory = await convert({ local, source, location, quantization, tokens, label }, store, context);
    onProgress?.({ phase: 'load', label, unit: 'steps', completed: 0, total: 2 });
    const { threads, libraryPath, maxWindows, maxBatchSize: maxRows } = options;
    const runner = await OnnxWhisperRunner.open(directory, config, { threads, libraryPath, maxWindows, maxRows });
    try {
      throwIfAborted(signal, `Opening ${label}`);
      onProgress?.({ phase: 'load', label, unit: 'steps', completed: 1, total: 2 });
      const logMel = await LogMel.open({ melBins: config.melBins, threads });
      onProgress?.({ phase: 'load', label, unit: 'steps', completed: 2, total: 2 });
      warmDecoder();
      return createEngine({ runner, logMel, tokens, options, quantization, local, store });
    } catch (error) {
      await runner.dispose();
      throw error;
    }
  } finally {
    await source.weights.close();
  }
}

interface EngineToCreate {
  readonly runner: OnnxWhisperRunner;
  readonly logMel: LogMel;
  readonly tokens: WhisperTokens;
  readonly options: CheckedEngineOptions;
  readonly quantization: WeightStorage;
  readonly local: LocalModel;
  readonly store: ModelStore;
}

function createEngine({ runner, logMel, tokens, options, quantization, local, store }: EngineToCreate): WhisperEngine {
  const detector = new LazyDetector(store, options);
  const core = new EngineCore({
    manifest: local.manifest,
    config: runner.config,
    options,
    quantization,
    dispose: async () => {
      await Promise.all([runner.dispose(), logMel[Symbol.asyncDispose](), detector.dispose()]);
    },
  });
  const loop = new DecodingLoop(runner, core.listener);
  core.attach(loop);
  return new WhisperEngine({
    core,
    model: { loop, config: runner.config, tokens, logMel },
    options,
    openDetector: (signal) => detector.open(signal),
  });
}

interface ModelToConvert {
  readonly local: LocalModel;
  readonly source: WhisperSource;
  readonly location: string;
  readonly quantization: WeightStorage;
  readonly tokens: WhisperTokens;
  readonly label: string;
}

/** Makes sure that the model's graphs are in the cache. @returns their folder */
function convert(
  { local, source, location, quantization, tokens, label }: ModelToConvert,
  { cacheDirectory }: ModelStore,
  context: EngineContext,
): Promise<string> {
  const { timestampBegin } = tokens;
  const job = { location, folder: local.directory, storage: quantization, timestampBegin };
  return ensureConverted(
    {
      location,
      files: weightFilesOf(source.weights),
      maker: ['@ferrum/whisper', importVersion, quantization, timestampBegin, source.config],
      label,
      cacheDirectory,
      convert: (directory, options) => importInWorker({ ...job, directory }, label, options),
    },
    context,
  );
}

/** The voice activity detector, fetched and opened when someone first needs it. */
class LazyDetector {
  #opening: Promise<VoiceActivityDetector> | undefined;
  /** Fires when the engine is gone: nobody waits for the detector any more. */
  readonly #end = new AbortController();

  constructor(
    private readonly store: ModelStore,
    private readonly options: Pick<CheckedEngineOptions, 'vadModel'>,
  ) {}

  async open(signal: AbortSignal | undefined): Promise<VoiceActivityDetector> {
    // Shared by all who wait for it: one who leaves does not end it for the others.
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return abortable(this.#opening, signal, 'Opening the voice activity detector');
  }

  async dispose(): Promise<void> {
    this.#end.abort();
    const detector = await this.#opening?.catch(() => undefined);
    await detector?.[Symbol.asyncDispose]();
  }

  async #open(): Promise<VoiceActivityDetector> {
    const { vadModel } = this.options;
    const { files, directory } = await this.store.pull(vadModel, { signal: this.#end.signal });
    const [file] = Object.keys(files).filter((name) => /\.onnx$/i.test(name));
    if (file === undefined) {
      const message = `vadModel: ${vadModel} (${directory}) holds no .onnx file of a voice activity detector.`;
      throw new FerrumError('InvalidFormat', message, { details: { parameter: 'vadModel' } });
    }
    return VoiceActivityDetector.open({ path: path.resolve(directory, files[file] as string) });
  }
}
