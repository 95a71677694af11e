import type { Capability, CapabilityMap, ModelManifest, ModelStore } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from './context.js';
import { type EngineFlags, engineOptionsOf } from './engine-flags.js';
import { openHost } from './open-host.js';
import { createProgressReporter } from './output/progress.js';
import { inWordsOfTheCommandLine } from './request-errors.js';

/** What a command needs to be opened. */
export interface EngineRequest<C extends Capability> {
  readonly capability: C;
  readonly model: string;
  readonly flags: EngineFlags;
  /** What the engine has to be able to do. Default: nothing in particular. */
  readonly features?: readonly string[];
}

/**
 * Opens the model for as long as `use` takes.
 *
 * @throws FerrumError whatever opening, `use` or closing failed with, in words of the command line.
 */
export async function withEngine<C extends Capability>(
  { capability, model, flags, features = [] }: EngineRequest<C>,
  context: CommandContext,
  use: (engine: CapabilityMap[C], store: ModelStore) => Promise<void>,
): Promise<void> {
  const { environment, signal } = context;
  const progress = createProgressReporter(context);
  const store = await environment.openStore({ offline: flags.offline === true });
  const { prefer = [] } = flags;
  const host = await openHost(context, store, { capabilities: [capability], prefer });
  try {
    const options = engineOptionsOf(flags);
    const engine = await host.resolve(capability, {
      ...{ model, features, options, signal },
      onProgress: progress.listener,
    });
    progress.stop();
    await use(engine, store);
  } catch (error) {
    progress.stop();
    // The first failure is the one to tell; what closing the engine after it says is its consequence.
    await host.dispose().catch(() => {});
    throw await explain(error, capability, model, store);
  }
  await host.dispose();
}

async function explain(error: unknown, capability: Capability, model: string, store: ModelStore): Promise<unknown> {
  if (!FerrumError.isInstance(error)) return error;
  // A model that is unknown or broken is what the error is about.
  const manifest = await store.inspect(model).catch((): ModelManifest => ({ reference: model }));
  return inWordsOfTheCommandLine(error, capability, manifest);
}
