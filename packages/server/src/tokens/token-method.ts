import type { LlmInferenceEngine } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

/** @throws FerrumError `Unsupported` for an engine that has no tokenizer at hand. */
export function tokenMethod<M extends 'tokenize' | 'detokenize'>(
  engine: LlmInferenceEngine,
  name: M,
): NonNullable<LlmInferenceEngine[M]> {
  const method = engine[name];
  if (method !== undefined) return method.bind(engine) as NonNullable<LlmInferenceEngine[M]>;
  throw new FerrumError('Unsupported', `The engine of ${engine.modelId} does not ${name}. Ask another model.`, {
    details: { parameter: 'model', apiCode: 'model_not_supported' },
  });
}
