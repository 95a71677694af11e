import path from 'node:path';
import { createModelStore } from '@ferrum/models';
// The built package: importing a model runs in a worker thread, which needs JavaScript.
import { openEmbedEngine, openRerankEngine } from '../../dist/index.js';

let homes = 0;

/** What opens a model of this path in a home of its own within the folder. */
export function opener(folder: string) {
  const context = (reference: string, options: Readonly<Record<string, unknown>>) => {
    homes += 1;
    return {
      model: { reference },
      models: createModelStore({ home: path.join(folder, `home ${process.pid} ${homes}`) }),
      options: { threads: 1, ...options },
      resolve: () => Promise.reject(new Error('nothing else is needed')),
    };
  };
  return {
    embed: (reference: string, options: Readonly<Record<string, unknown>> = {}) =>
      openEmbedEngine(context(reference, options)),
    rerank: (reference: string, options: Readonly<Record<string, unknown>> = {}) =>
      openRerankEngine(context(reference, options)),
  };
}
