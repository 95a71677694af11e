import type { EngineContext } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { parseTextOptions } from '../engine-options.js';
import { contextFailure } from '../library/failures.js';
import { loadModel } from '../library/load-model.js';
import { encoders } from '../match.js';
import { LlamaTextEngine } from './llama-text-engine.js';

/** Where nobody says how long requests may be. */
const defaultContextLength = 8192;

/** Opens a GGUF file for text generation. @throws FerrumError `InvalidParameter`, `Model`, `ResourceExhausted` … */
export async function openTextEngine(context: EngineContext): Promise<LlamaTextEngine> {
  const options = parseTextOptions(context.options);
  return loadModel(context, 'text-generation', options, async (loaded) => {
    const { model, library, label } = loaded;
    if (encoders.has(model.architecture)) {
      throw new FerrumError('Unsupported', `${label} reads text and generates none; resolve it for embedding.`);
    }
    const { contextLength, maxSequences, batchSize, threads } = options;
    const most = Math.min(model.trainContextSize, contextLength ?? defaultContextLength);
    const llamaContext = await library.watch(
      () =>
        model.createContext({
          contextSize: contextLength ?? { max: most },
          sequences: maxSequences,
          batchSize,
          ...(threads === undefined ? {} : { threads }),
          ...(context.signal ? { createSignal: context.signal } : {}),
        }),
      (cause, lines) => contextFailure(label, cause, lines),
    );
    // llama.cpp rounds up.
    const fitting = Math.min(most, llamaContext.contextSize);
    return new LlamaTextEngine({ ...loaded, context: llamaContext, options, contextLength: fitting });
  });
}
