import type { EngineContext, InferenceEngine } from '@ferrum/interfaces';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { memoryUsage } from '@ferrum/registry/telemetry';
import { bytesPerToken } from './engine/cache/kv-cache.js';
import { loadKvScales } from './engine/cache/kv-scales.js';
import { ContinuousBatchEngine } from './engine/continuous-batch-engine.js';
import { DecoderSession, type DecoderSessionOptions, type TokenSession } from './engine/decoder-session.js';
import { DefaultInferenceEngine } from './engine/default-inference-engine.js';
import {
  type CheckedEngineOptions,
  invalidOption,
  parseEngineOptions,
  parseReferenceOptions,
} from './engine/engine-options.js';
import type { ModelRunner } from './engine/model-runner.js';
import { OnnxModelRunner } from './engine/onnx-model-runner.js';
import type { DraftModel } from './engine/speculation/check-speculation.js';
import { ModelDrafter } from './engine/speculation/model-drafter.js';
import { engineFeatures } from './features.js';
import { OnnxDecoderRunner } from './onnx-decoder/onnx-decoder-runner.js';
import { RunnerSession } from './onnx-decoder/runner-session.js';
import { fingerprintOf, type PreparedDecoder, type PreparedModel, prepareModel } from './prepare-model.js';
import { presets } from './sampling/presets.js';
import { ImageEncoder } from './vision/image-encoder.js';

/** Opens the engine that computes requests side by side. */
export async function openEngine(context: EngineContext): Promise<ContinuousBatchEngine> {
  const options = parseEngineOptions(context.options);
  const model = await prepareModel(context, options);
  const sizes = cacheSizes(model, options);
  const { prefixCacheBytes = defaultPrefixBytes(model, options) } = options;
  return load(model, context, async () => {
    const fingerprint = await fingerprintOf(model);
    const runner = await openRunner(model, options, sizes.contextLength);
    const engine = new ContinuousBatchEngine({
      ...model,
      ...options,
      ...sizes,
      runner,
      images: openImages(model, options),
      fingerprint,
      features: engineFeatures,
      settings: {
        ...options,
        enablePrefixCaching: prefixCacheBytes > 0,
        prefixCacheBytes: Math.floor(prefixCacheBytes),
        defaultParams: model.manifest.sampling ?? {},
        presets,
      },
      openDrafter: (config, signal) => openDrafter(config, model, { ...context, signal }, options),
    });
    try {
      for (const [name, path] of Object.entries(options.adapters ?? {})) {
        await engine.loadAdapter({ name, path }, { signal: context.signal });
      }
    } catch (error) {
      await engine.shutdown();
      throw error;
    }
    return engine;
  });
}

/** Opens the engine that computes one request after the other, from its first token: what the other is tested against. */
export async function openReferenceEngine(context: EngineContext): Promise<DefaultInferenceEngine> {
  const options = parseReferenceOptions(context.options);
  const model = await prepareModel(context, options);
  const contextLength = options.contextLength ?? model.config.contextLength;
  return load(model, context, async () => {
    const session = await openSession(model, { ...options, contextLength });
    return new DefaultInferenceEngine({ ...model, session, threads: options.threads, contextLength });
  });
}

async function openRunner(
  model: Prepared,
  { threads, libraryPath, fastPrefill, kvCacheType, maxRunningRequests: slots }: CheckedEngineOptions,
  capacity: number,
): Promise<ModelRunner> {
  if (model.layout) return OnnxDecoderRunner.open(model.directory, { threads, libraryPath, slots, capacity });
  const shared = { threads, fastPrefill, ...(libraryPath === undefined ? {} : { libraryPath }) };
  const kvScales = kvCacheType === 'int8' ? await loadKvScales(model, shared) : undefined;
  return OnnxModelRunner.open(model.directory, model.config, {
    ...shared,
    slots,
    capacity,
    ...(kvScales ? { kvScales } : {}),
  });
}

function openImages(
  { layout, directory, config, frames }: Prepared,
  { threads, libraryPath, maxImageBytes, maxImagePixels }: CheckedEngineOptions,
): ImageEncoder | undefined {
  if (layout || !config.vision || !frames) return undefined;
  const limits = { maxImageBytes, maxImagePixels };
  return new ImageEncoder(directory, config.vision, config.hiddenSize, frames, { threads, libraryPath, ...limits });
}

async function openSession(model: Prepared, options: DecoderSessionOptions): Promise<TokenSession> {
  if (!model.layout) return DecoderSession.open(model.directory, model.config, options);
  const { threads, libraryPath, contextLength: capacity } = options;
  return new RunnerSession(await OnnxDecoderRunner.open(model.directory, { threads, libraryPath, slots: 1, capacity }));
}

type Prepared = PreparedModel | PreparedDecoder;

/** How a model's cache stores keys and values. */
function cacheTypeOf({ layout }: Prepared, { kvCacheType }: CheckedEngineOptions): 'float32' | 'float16' | 'int8' {
  return layout ? layout.cacheType : kvCacheType;
}

async function load<E extends InferenceEngine>(
  { label }: Prepared,
  { signal, onProgress }: EngineContext,
  open: () => Promise<E>,
): Promise<E> {
  const load = { phase: 'load', label, unit: 'steps', total: 1 } as const;
  onProgress?.({ ...load, completed: 0 });
  const engine = await open();
  if (signal?.aborted) {
    await engine.shutdown();
    throwIfAborted(signal, `Opening ${label}`);
  }
  onProgress?.({ ...load, completed: 1 });
  return engine;
}

/** How long a request may be, and how many blocks of tokens all that run may fill together. */
function cacheSizes(
  model: Prepared,
  options: CheckedEngineOptions,
): { readonly contextLength: number; readonly maxBlocks: number } {
  const { config, label } = model;
  const { blockSize, maxRunningRequests } = options;
  const tokenBytes = bytesPerToken({ ...config, type: cacheTypeOf(model, options) });
  const bytes = options.kvCacheBytes ?? memoryUsage().totalBytes / 4;
  const affordable = Math.floor(bytes / (blockSize * tokenBytes));
  const wanted = options.contextLength ?? Math.min(config.contextLength, affordable * blockSize);
  if (wanted < 2 || wanted > affordable * blockSize) {
    throw invalidOption(
      'kvCacheBytes',
      `kvCacheBytes: ${Math.floor(bytes)} bytes hold ${affordable * blockSize} tokens of ${label}, but a request may have ` +
        `${Math.max(2, wanted)}; that takes ${Math.max(2, wanted) * tokenBytes} bytes, or choose a smaller contextLength`,
    );
  }
  return { contextLength: wanted, maxBlocks: Math.min(affordable, maxRunningRequests * Math.ceil(wanted / blockSize)) };
}

/** Some long conversations' worth, in proportion to the model, but never much of the machine. */
function defaultPrefixBytes(model: Prepared, options: CheckedEngineOptions): number {
  const type = cacheTypeOf(model, options);
  return Math.min(4096 * bytesPerToken({ ...model.config, type }), memoryUsage().totalBytes / 32);
}

async function openDrafter(
  draft: DraftModel,
  target: Prepared,
  context: EngineContext,
  { threads, fastPrefill, libraryPath }: CheckedEngineOptions,
): Promise<ModelDrafter> {
  const model = { reference: draft.modelPath ?? draft.modelId };
  const { quantization, maxSequenceLength } = draft;
  const prepared = await prepareModel(
    { ...context, model, options: {}, onProgress: undefined },
    {
      ...(quantization === undefined ? {} : { quantization }),
      ...(maxSequenceLength === undefined ? {} : { contextLength: maxSequenceLength }),
    },
  );
  requireSameVocabulary(prepared, target);
  const contextLength = maxSequenceLength ?? prepared.config.contextLength;
  const options = { threads, contextLength, fastPrefill, ...(libraryPath === undefined ? {} : { libraryPath }) };
  return new ModelDrafter(await openSession(prepared, options), contextLength);
}

function requireSameVocabulary(draft: Prepared, target: Prepared): void {
  const { vocabularySize } = target.config;
  let isSame = draft.config.vocabularySize === vocabularySize;
  for (let token = 0; isSame && token < vocabularySize; token++) {
    isSame = draft.tokenizer.tokenText(token) === target.tokenizer.tokenText(token);
  }
  if (isSame) return;
  throw new FerrumError(
    'InvalidParameter',
    `${draft.label} has another vocabulary than ${target.label}, so it cannot draft for it; take a smaller model of the same family.`,
    { details: { parameter: 'draftModelConfig' } },
  );
}
