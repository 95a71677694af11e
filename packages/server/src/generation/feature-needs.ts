import type { LlmInferenceEngine } from '@ferrum/interfaces';
import { badRequest } from '../http/api-error.js';
import type { ModelDirectory, ModelEntry, ModelLease } from '../models/model-directory.js';

/** Something that only some engines can do, and the field of the request that asks for it. */
export interface FeatureNeed {
  readonly feature: string;
  readonly field: string;
}

/** @throws FerrumError `RequestValidation` naming the field of the first that the model's engine does not declare */
export async function requireFeatures(
  models: ModelDirectory,
  { entry, engine }: { readonly entry: ModelEntry; readonly engine: object },
  needs: readonly FeatureNeed[],
): Promise<void> {
  for (const { feature, field } of needs) {
    if (await models.hasFeature(entry, engine, feature)) continue;
    throw badRequest(
      field,
      `\`${field}\` needs an engine with the feature ${feature}, which that of the model ${entry.id} does not have. ` +
        'Leave it out, or ask another model.',
      'unsupported_parameter',
    );
  }
}

/** Leases a language model that can do what the request asks for. @throws FerrumError as `lease` and `requireFeatures` do */
export async function leaseWith(
  models: ModelDirectory,
  name: string,
  signal: AbortSignal,
  needs: readonly FeatureNeed[],
): Promise<ModelLease<LlmInferenceEngine>> {
  const lease = await models.lease('text-generation', name, signal);
  try {
    await requireFeatures(models, lease, needs);
    return lease;
  } catch (error) {
    await lease.release();
    throw error;
  }
}
