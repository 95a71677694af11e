import type { LlmInferenceEngine, ModelManifest, ModelStore } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from './context.js';
import type { EngineFlags } from './engine-flags.js';
import { openHost } from './open-host.js';
import { createProgressReporter } from './output/progress.js';
import { inWordsOfTheCommandLine } from './request-errors.js';

/**
 * Opens the language model for as long as `use` takes.
 *
 * @throws FerrumError whatever opening, `use` or closing failed with, in words of the command line.
 */
export async function withEngine(
  model: string,
  flags: EngineFlags,
  context: CommandContext,
  use: (engine: LlmInferenceEngine, store: ModelStore) => Promise<void>,
): Promise<void> {
  const { environment, signal } = context;
  const progress = createProgressReporter(context);
  const store = await environment.openStore({ offline: flags.offline === true });
  const host = await openHost(context, store);
  try {
    const { threads, contextLength, quantization } = flags;
    const options = {
      ...(threads !== undefined && { threads }),
      ...(contextLength !== undefined && { contextLength }),
      ...(quantization !== undefined && { quantization }),
    };
    const engine = await host.resolve('text-generation', { model, options, signal, onProgress: progress.listener });
    progress.stop();
    await use(engine, store);
  } catch (error) {
    progress.stop();
    // The first failure is the one to tell; what closing the engine after it says is its consequence.
    await host.dispose().catch(() => {});
    throw await explain(error, store, model);
  }
  await host.dispose();
}

async function explain(error: unknown, store: ModelStore, model: string): Promise<unknown> {
  if (!FerrumError.isInstance(error)) return error;
  // A model that is unknown or broken is what the error is about.
  const manifest = await store.inspect(model).catch((): ModelManifest => ({ reference: model }));
  return inWordsOfTheCommandLine(error, manifest);
}
