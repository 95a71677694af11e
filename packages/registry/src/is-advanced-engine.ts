import type { AdvancedInferenceEngine, LlmInferenceEngine } from '@ferrum/interfaces';

/** The calls that an engine with the feature `advanced` has. */
export const advancedMethods = [
  'inferBatch',
  'inferSpeculative',
  'warmup',
  'reconfigure',
  'diagnostics',
  'exportState',
  'importState',
] as const satisfies readonly (keyof AdvancedInferenceEngine)[];

/** True for an engine of any package that has the calls of `AdvancedInferenceEngine`; ask for the feature `advanced` to get one. */
export function isAdvancedEngine(engine: LlmInferenceEngine): engine is AdvancedInferenceEngine {
  return advancedMethods.every(
    (method) => method in engine && typeof engine[method as keyof typeof engine] === 'function',
  );
}
