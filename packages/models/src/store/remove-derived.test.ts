import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ensureCacheEntry } from '../cache/cache-entry.js';
import { startHub } from '../testing/hub-server.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { gguf, newStore, serveGguf, tinyEntry } from '../testing/test-store.js';
import type { FerrumModelStore } from './model-store.js';

const folder = temporaryFolder();

/** What an engine does with a model's file. @returns the bytes on disk */
async function convert(store: FerrumModelStore, name: string, sources?: readonly string[]): Promise<number> {
  const entry = join(store.cacheDirectory, 'graphs', name);
  await ensureCacheEntry(entry, (temporary) => writeFile(join(temporary, 'weights.bin'), 'x'.repeat(1000)), {
    sources,
  });
  return readdirSync(entry).reduce((sum, file) => sum + statSync(join(entry, file)).size, 0);
}

function graphs(store: FerrumModelStore): readonly string[] {
  return readdirSync(join(store.cacheDirectory, 'graphs')).sort();
}

describe('removing a model', () => {
  it('removes what was converted from it, and what has lost its sources', async () => {
    const server = await serveGguf();
    const store = newStore(folder, {}, { catalogue: [tinyEntry([`${server.url}/tiny.gguf`])] });
    const { files } = await store.pull('tiny:1m');
    const other = await store.pull(`${server.url}/other.gguf`);
    const lost = join(folder, 'lost.gguf');
    writeFileSync(lost, '');
    const bytes = [
      await convert(store, 'int8', Object.values(files)),
      await convert(store, 'int4', Object.values(files)),
      await convert(store, 'orphan', [lost]),
    ];
    await convert(store, 'other', Object.values(other.files));
    await convert(store, 'unknown');
    // Another process is building it, or was.
    mkdirSync(join(store.cacheDirectory, 'graphs', 'unfinished.tmp-0123456789ab'));
    rmSync(lost);
    expect(await store.remove('tiny:1m')).toEqual({ freedBytes: bytes.reduce((sum, each) => sum + each, gguf.length) });
    expect(graphs(store)).toEqual(['other', 'unfinished.tmp-0123456789ab', 'unknown']);
  });

  it('knows the files of the hub cache behind its links, and keeps what another model needs', async () => {
    const { hub } = await startHub('o/n', { 'tiny.gguf': gguf });
    const store = newStore(folder, { HF_ENDPOINT: hub.url }, { catalogue: [tinyEntry(['hf:o/n'])] });
    const { files } = await store.pull('hf:o/n');
    await store.pull('tiny:1m');
    await convert(store, 'int8', Object.values(files));
    expect(await store.remove('tiny:1m')).toEqual({ freedBytes: 0 });
    expect(graphs(store)).toEqual(['int8']);
    const bytes = await convert(store, 'int8', Object.values(files));
    expect(await store.remove('hf:o/n')).toEqual({ freedBytes: gguf.length + bytes });
    expect(graphs(store)).toEqual([]);
  });

  it('records what an entry was derived from', async () => {
    const store = newStore(folder, {});
    await convert(store, 'int8', ['/models/a.gguf']);
    const record = JSON.parse(readFileSync(join(store.cacheDirectory, 'graphs', 'int8', 'entry.json'), 'utf8'));
    expect(record).toEqual({
      version: 1,
      sources: ['/models/a.gguf'],
      files: [{ name: 'weights.bin', sizeBytes: 1000 }],
    });
  });
});
