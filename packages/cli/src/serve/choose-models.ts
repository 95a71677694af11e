import type { ModelManifest } from '@ferrum/interfaces';
import type { FerrumModelStore } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import type { ServedModel } from '@ferrum/server';
import type { CommandContext } from '../context.js';
import { createProgressReporter } from '../output/progress.js';

/** A model to serve. */
export interface ChosenModel {
  readonly served: ServedModel;
  /** Undefined where the store knows nothing of it: it may be one that comes with an engine. */
  readonly manifest: ModelManifest | undefined;
}

export interface ModelChoice {
  readonly chosen: readonly ChosenModel[];
  /** Models of this machine that are left out, and why. */
  readonly skipped: readonly SkippedModel[];
}

export interface SkippedModel {
  readonly reference: string;
  readonly reason: string;
}

/** The named models, known or not. */
export async function chooseNamed(store: FerrumModelStore, models: readonly ServedModel[]): Promise<ModelChoice> {
  const chosen = await Promise.all(
    models.map(async (served): Promise<ChosenModel> => {
      const manifest = await store.inspect(served.model).catch((error: unknown) => {
        // If no engine brings a model of that name, the host says what this error says.
        if (FerrumError.isInstance(error) && error.code === 'NotFound') return undefined;
        throw error;
      });
      return { served, manifest };
    }),
  );
  return { chosen, skipped: [] };
}

/** Brings those that are not on this machine. @throws FerrumError `Network`, `NotFound` when offline … */
export async function pullModels(
  chosen: readonly ChosenModel[],
  store: FerrumModelStore,
  context: CommandContext,
): Promise<readonly ChosenModel[]> {
  const progress = createProgressReporter(context);
  const pulled: ChosenModel[] = [];
  try {
    for (const model of chosen) {
      const { served, manifest: known } = model;
      if (known === undefined) pulled.push(model);
      else {
        const { manifest } = await store.pull(served.model, { signal: context.signal, onProgress: progress.listener });
        pulled.push({ served, manifest });
      }
    }
    return pulled;
  } finally {
    progress.stop();
  }
}

/** Every model on this machine that is whole and says what it is for: a detector of voices, say, is nothing to call. */
export async function chooseInstalled(store: FerrumModelStore): Promise<ModelChoice> {
  const chosen: ChosenModel[] = [];
  const skipped: SkippedModel[] = [];
  for (const { reference, complete } of await store.list()) {
    const skip = (reason: string) => skipped.push({ reference, reason });
    if (!complete) {
      skip('its download is not complete');
      continue;
    }
    try {
      const manifest = await store.inspect(reference);
      if (manifest.capabilities?.length) chosen.push({ served: { model: reference }, manifest });
      else skip('its files do not say what it is for; name it to serve it all the same');
    } catch (error) {
      // One that is broken does not keep the others from being served.
      if (!FerrumError.isInstance(error)) throw error;
      skip(error.message);
    }
  }
  return { chosen, skipped };
}
