import { fileURLToPath } from 'node:url';
import type { EngineContext } from '@ferrum/interfaces';

/** What `create` gets in a host without a store of models. */
export function contextOf(reference: string, options: EngineContext['options'] = {}): EngineContext {
  return {
    model: { reference },
    // One thread: two of llama.cpp wait for each other, which takes for ever while other tests have the processor.
    options: { threads: 1, ...options },
    resolve: () => Promise.reject(new Error('There is no other engine.')),
  };
}

/** Tiny models with random weights, made by scripts beside them. */
export const tinyModels = {
  bert: fixture('embed', 'bert-f32'),
  nomicBert: fixture('embed', 'nomic-bert-f32'),
  llama: fixture('llm', 'llama-f32'),
};

function fixture(packageName: string, name: string): string {
  return fileURLToPath(new URL(`../../../../packages/${packageName}/src/fixtures/gguf/${name}.gguf`, import.meta.url));
}
