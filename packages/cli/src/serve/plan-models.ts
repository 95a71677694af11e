import type { Host } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { explainModel, type ServedCapability, type ServedModel } from '@ferrum/server';
import type { EngineFlags } from '../engine-flags.js';
import type { ModelChoice, SkippedModel } from './choose-models.js';
import { engineOptionsFor, requireUse } from './engine-options.js';

export interface ModelPlan {
  readonly models: readonly PlannedModel[];
  readonly skipped: readonly SkippedModel[];
}

export interface PlannedModel {
  readonly served: ServedModel;
  readonly capabilities: readonly ServedCapability[];
}

/**
 * What an engine opens each model for, with the options of the flags that fit. Opens none.
 *
 * @param isNamed Somebody asked for these models: one that no engine opens is then left to the server to refuse.
 * @throws FerrumError `NotFound` when nothing is left to serve, or nobody knows a model; `InvalidParameter` for a flag that
 * fits none.
 */
export async function planModels(
  { chosen, skipped }: ModelChoice,
  { isNamed, preload, flags }: { readonly isNamed: boolean; readonly preload: boolean; readonly flags: EngineFlags },
  host: Host,
): Promise<ModelPlan> {
  const planned = await Promise.all(
    chosen.map(async ({ served }): Promise<PlannedModel> => {
      const { capabilities } = await explainModel(host, served.model);
      const adapters = capabilities.includes('text-generation')
        ? { ...served.adapters, ...flags.lora }
        : served.adapters;
      const options = { ...served.options, ...engineOptionsFor(capabilities, flags) };
      return {
        served: {
          ...served,
          ...(adapters && Object.keys(adapters).length > 0 && { adapters }),
          ...(Object.keys(options).length > 0 && { options }),
          ...(preload && { preload }),
        },
        capabilities,
      };
    }),
  );
  const models = planned.filter(({ capabilities }) => isNamed || capabilities.length > 0);
  if (models.length === 0) {
    throw new FerrumError(
      'NotFound',
      'There is no model to serve on this machine. Name one ("ferrum serve smollm2:135m"), or fetch one before with "ferrum pull smollm2:135m".',
    );
  }
  const capabilities = models.map((model) => model.capabilities);
  requireUse(capabilities, flags);
  const unopened = planned.filter((model) => !models.includes(model));
  return {
    models,
    skipped: [
      ...skipped,
      ...unopened.map(({ served }) => ({ reference: served.model, reason: 'no engine here opens it' })),
    ],
  };
}
