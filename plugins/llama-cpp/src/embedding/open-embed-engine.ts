import type { EngineContext, ModelManifest } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { LlamaModel } from 'node-llama-cpp';
import { parseEmbedOptions } from '../engine-options.js';
import { contextFailure } from '../library/failures.js';
import { loadModel } from '../library/load-model.js';
import { LlamaEmbedEngine } from './llama-embed-engine.js';

/** Where nobody says how long texts may be. */
const defaultContextLength = 2048;

/** Opens a GGUF file for embedding. @throws FerrumError `InvalidParameter`, `Model`, `Unsupported`, `ResourceExhausted` … */
export async function openEmbedEngine(context: EngineContext): Promise<LlamaEmbedEngine> {
  const options = parseEmbedOptions(context.options);
  return loadModel(context, 'embedding', options, async (loaded) => {
    const { model, library, label, manifest } = loaded;
    requirePooling(model, manifest, label);
    const contextLength = Math.min(model.trainContextSize, options.contextLength ?? defaultContextLength);
    // A text is one token shorter than the context, and is read in one step, as encoders need it.
    const contextSize = contextLength + 1;
    const embeddingContext = await library.watch(
      () =>
        model.createEmbeddingContext({
          contextSize,
          batchSize: contextSize,
          threads: options.threads ?? library.llama.cpuMathCores,
          ...(context.signal ? { createSignal: context.signal } : {}),
        }),
      (cause, lines) => contextFailure(label, cause, lines),
    );
    return new LlamaEmbedEngine({ ...loaded, context: embeddingContext, options, contextLength });
  });
}

/** `llama_pooling_type` of llama.cpp (llama.h). */
const poolings = { none: 0, rank: 4 };

/** What the file says of pooling comes first; where it says nothing, llama.cpp gives the vector of the last token. */
function requirePooling({ fileInfo }: LlamaModel, { embedding }: ModelManifest, label: string): void {
  const ofFile: number | undefined = fileInfo.architectureMetadata.pooling_type;
  if (ofFile === poolings.rank) {
    throw new FerrumError('Unsupported', `${label} scores pairs of texts (reranking) and gives no vectors.`);
  }
  const pooling = embedding?.pooling;
  if ((ofFile !== undefined && ofFile !== poolings.none) || pooling === undefined || pooling === 'lasttoken') return;
  const message = `${label} needs ${pooling} pooling, and its file names none, so that llama.cpp would take the last token.`;
  throw new FerrumError('Unsupported', message);
}
