import type { Capability, Host } from '@ferrum/interfaces';
import type { FerrumModelStore } from '@ferrum/models';
import type { ModelReport } from './report.js';

/** Which engine would open each model on this machine. Opens none. */
export async function examineModels(store: FerrumModelStore, host: Host): Promise<readonly ModelReport[]> {
  const installed = await store.list();
  return Promise.all(
    installed.map(async ({ reference, sizeBytes, path, complete }) => {
      const facts = { reference, sizeBytes, path, complete };
      return complete ? { ...facts, ...(await chooseEngine(store, host, reference)) } : facts;
    }),
  );
}

/** Of files that do not say what they are for. */
const anyCapability: readonly Capability[] = ['text-generation', 'embedding', 'reranking', 'transcription', 'speech'];

async function chooseEngine(
  store: FerrumModelStore,
  host: Host,
  model: string,
): Promise<Pick<ModelReport, 'engine' | 'reason'>> {
  try {
    const { capabilities } = await store.inspect(model);
    // A detector of voices, say, is opened by the model that uses it.
    if (capabilities?.length === 0) return {};
    const explanations = await Promise.all(
      (capabilities ?? anyCapability).map((capability) => host.explain(capability, { model })),
    );
    const candidates = explanations.flatMap((explanation) => explanation.candidates);
    const chosen = candidates.find((candidate) => candidate.chosen);
    if (chosen) return { engine: chosen.id };
    return {
      reason: candidates.map(({ id, reason }) => `${id}: ${reason}`).join('; ') || 'no engine is installed for it',
    };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}
