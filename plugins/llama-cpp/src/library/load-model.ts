import type { EngineContext } from '@ferrum/interfaces';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import type { LlamaModel } from 'node-llama-cpp';
import { type CheckedEmbedOptions, invalidOption } from '../engine-options.js';
import { modelFailure } from './failures.js';
import { type LlamaLibrary, loadLlama } from './llama.js';
import { type LocatedModel, locateModel } from './locate-model.js';
import { requireGguf } from './require-gguf.js';
import { requireBearable } from './trial/require-bearable.js';
import type { Trial } from './trial/trial-messages.js';

/** A model whose weights are in memory. */
export interface LoadedModel extends LocatedModel {
  readonly library: LlamaLibrary;
  readonly model: LlamaModel;
}

/** Steps of the progress that is told of. */
const steps = 100;

/**
 * Everything between a model's name and its weights in memory; what was loaded is freed when `use` fails.
 * @param purpose what the model is tried with before it is opened for the first time
 * @throws FerrumError `Model` for a file that llama.cpp cannot read, `ResourceExhausted` where memory does not hold it,
 * `InvalidParameter`, `Cancelled`.
 */
export async function loadModel<T>(
  context: EngineContext,
  purpose: Trial['use'],
  options: CheckedEmbedOptions,
  use: (loaded: LoadedModel) => Promise<T>,
): Promise<T> {
  const { signal, onProgress } = context;
  const located = await locateModel(context);
  const { label, file } = located;
  const what = `Opening ${label}`;
  throwIfAborted(signal, what);
  await requireGguf(file);
  const library = await loadLlama(options.gpu);
  if (options.gpuLayers && library.llama.gpu === false) {
    throw invalidOption('gpuLayers', 'gpuLayers: there is no graphics card that llama.cpp can use here; leave it out');
  }
  await requireBearable(located, context, { use: purpose, options });
  const tell = (completed: number) => onProgress?.({ phase: 'load', label, unit: 'steps', completed, total: steps });
  const { gpuLayers, flashAttention } = options;
  tell(0);
  const model = await library.watch(
    () =>
      library.llama.loadModel({
        modelPath: file,
        ...(gpuLayers === undefined ? {} : { gpuLayers }),
        ...(flashAttention === undefined ? {} : { defaultContextFlashAttention: flashAttention }),
        ...(signal ? { loadSignal: signal } : {}),
        onLoadProgress: (share) => tell(Math.floor(share * steps)),
      }),
    (cause, lines) => {
      throwIfAborted(signal, what);
      return modelFailure(label, file, cause, lines);
    },
  );
  try {
    requireFits(model, options, label);
    const opened = await use({ ...located, library, model });
    throwIfAborted(signal, what);
    tell(steps);
    return opened;
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

/** Whether the weights, or some of them, are on a graphics card, and which kind. */
export function deviceOf({ library, model }: Pick<LoadedModel, 'library' | 'model'>): string {
  const { gpu } = library.llama;
  return gpu === false || model.gpuLayers === 0 ? 'cpu' : gpu;
}

function requireFits(model: LlamaModel, options: CheckedEmbedOptions, label: string): void {
  const { contextLength, flashAttention } = options;
  const trained = model.trainContextSize;
  if (contextLength !== undefined && contextLength > trained) {
    const message = `contextLength ${contextLength} is more than the ${trained} tokens that ${label} was trained for`;
    throw invalidOption('contextLength', message);
  }
  if (flashAttention && !model.flashAttentionSupported) {
    throw invalidOption('flashAttention', `flashAttention: llama.cpp has none for ${label}; leave it out`);
  }
  if (model.fileInsights.hasEncoder && model.fileInsights.hasDecoder) {
    throw new FerrumError(
      'Unsupported',
      `${label} is an encoder and a decoder in one, which this plugin does not run.`,
    );
  }
}
