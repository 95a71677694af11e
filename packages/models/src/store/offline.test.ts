import { readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fakeTools } from '../testing/fake-tools.js';
import { startHub } from '../testing/hub-server.js';
import { rejection } from '../testing/rejection.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { gguf, newStore, serveGguf, tinyEntry } from '../testing/test-store.js';
import { createModelStore } from './model-store.js';

const folder = temporaryFolder();

describe('offline', () => {
  it('makes no request and starts no program, and says what is missing and how to get it', async () => {
    const server = await serveGguf();
    const tools = fakeTools(join(folder, 'offline-tools'));
    const sources = [`${server.url}/tiny.gguf`, 'npm:tiny@1.0.0/models/weights.bin', 'hf:o/n'];
    const environment = { ...tools.environment, FERRUM_OFFLINE: '1', HF_ENDPOINT: server.url };
    const store = newStore(folder, environment, { catalogue: [tinyEntry(sources)] });
    for (const reference of ['tiny:1m', 'hf:o/n', 'npm:tiny@1.0.0/models/weights.bin', `${server.url}/tiny.gguf`]) {
      const error = await rejection(store.pull(reference));
      expect([error.code, error.message]).toEqual(['NotFound', expect.stringContaining(`ferrum pull ${reference}`)]);
    }
    expect(server.requests).toEqual([]);
    expect(tools.calls()).toEqual([]);
  });

  it('says of a model that is damaged what is wrong, and does not open it', async () => {
    const server = await serveGguf();
    const catalogue = [tinyEntry([`${server.url}/tiny.gguf`])];
    const { hub } = await startHub('o/n', { 'tiny.gguf': gguf });
    const environment = { HF_HOME: join(folder, 'damaged-hub'), HF_ENDPOINT: hub.url };
    const { home, pull } = newStore(folder, environment, { catalogue });
    const { directory } = await pull('tiny:1m');
    truncateSync(join(directory, 'tiny.gguf'), 100);
    await pull('hf:o/n');
    const blobs = join(environment.HF_HOME, 'hub', 'models--o--n', 'blobs');
    for (const name of readdirSync(blobs)) truncateSync(join(blobs, name), 100);
    const offline = createModelStore({ home, offline: true, catalogue, environment });
    for (const reference of ['tiny:1m', 'hf:o/n']) {
      const error = await rejection(offline.pull(reference));
      expect(error.code).toBe('NotFound');
      expect(error.message).toContain(`tiny.gguf has 100 bytes instead of ${gguf.length}) and must be pulled again`);
      expect(error.message).toContain(`ferrum pull ${reference}`);
      expect(error.message).not.toContain('not on this machine');
    }
  });

  it('opens what was pulled before', async () => {
    const server = await serveGguf();
    const catalogue = [tinyEntry([`${server.url}/tiny.gguf`])];
    const { home, pull } = newStore(folder, {}, { catalogue });
    const online = await pull('tiny:1m');
    expect(await createModelStore({ home, offline: true, catalogue, environment: {} }).pull('tiny:1m')).toEqual(online);
  });
});
