import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CatalogueEntry } from '../catalogue/catalogue-entry.js';
import { createModelStore, type FerrumModelStore, type ModelStoreOptions } from '../store/model-store.js';
import { serveFile, startServer, type TestServer } from './http-server.js';
import { sha256 } from './hub-server.js';

export const tinyGguf = fileURLToPath(new URL('../weights/fixtures/tiny.gguf', import.meta.url));
export const gguf: Uint8Array = readFileSync(tinyGguf);

/** Nothing listens there. */
export const refused = 'http://127.0.0.1:65530';

/** A store with a home of its own below `folder`, and nothing else in its environment than what is given. */
export function newStore(
  folder: string,
  environment: NodeJS.ProcessEnv = {},
  options: Partial<ModelStoreOptions> = {},
): FerrumModelStore {
  // Not made yet, as on a fresh machine.
  const home = join(mkdtempSync(join(folder, 'test-')), 'home');
  return createModelStore({ home, environment: { HF_HOME: join(home, 'hf'), ...environment }, ...options });
}

/** The catalogue entry `tiny:1m` with these sources. */
export function tinyEntry(sources: CatalogueEntry['sources'], facts: Partial<CatalogueEntry> = {}): CatalogueEntry {
  return {
    name: 'tiny:1m',
    title: 'Tiny',
    capability: 'text-generation',
    architecture: 'llama',
    format: 'gguf',
    license: 'MIT',
    sizeBytes: gguf.length,
    contextLength: 64,
    files: [{ name: 'tiny.gguf', sizeBytes: gguf.length, sha256: sha256(gguf) }],
    sources,
    ...facts,
  };
}

/** Serves these bytes at every path. */
export async function serveGguf(content: Uint8Array = gguf): Promise<TestServer> {
  return await startServer((request, response) => serveFile(request, response, { content }));
}
