import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ensureCacheEntry } from '../cache/cache-entry.js';
import { isBuilt, startChild } from '../testing/child-process.js';
import { serveFile, startServer } from '../testing/http-server.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { createModelStore } from './model-store.js';

const folder = temporaryFolder();
const content = randomBytes(400_000);

function pullScript(home: string, reference: string): string {
  return `
    const store = models.createModelStore({ home: ${JSON.stringify(home)}, environment: {} });
    const onProgress = (event) => console.log('progress', event.label, event.completed);
    const model = await store.pull(${JSON.stringify(reference)}, { onProgress });
    console.log('pulled', model.directory);`;
}

function bytesBelow(home: string): number {
  const names = readdirSync(home, { recursive: true }).map(String);
  return names.reduce((sum, name) => sum + sizeOf(join(home, name)), 0);
}

function sizeOf(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? found.size : 0;
}

describe.skipIf(!isBuilt)('several processes (needs the built package)', () => {
  it('pull a model once between them: the second waits for the first', async () => {
    let asked: (answer: () => void) => void = () => undefined;
    const question = new Promise<() => void>((resolve) => {
      asked = resolve;
    });
    const server = await startServer((request, response) => asked(() => serveFile(request, response, { content })));
    const home = join(folder, 'two');
    const reference = `${server.url}/weights.bin`;
    const first = startChild(pullScript(home, reference));
    const second = startChild(pullScript(home, reference));
    // Whoever has the lock asks the server; the other says that it waits.
    const answer = await question;
    await Promise.race([first, second].map((child) => child.line(`progress ${reference} (another process`)));
    answer();
    expect(await first.line('pulled')).toBe(await second.line('pulled'));
    expect(server.requests).toHaveLength(1);
  });

  it.concurrent('pull goes on where a killed process stopped, once its lock is stale', async () => {
    const hangs = [150_000];
    const server = await startServer((request, response) =>
      serveFile(request, response, { content, etag: '"v"', hangAfter: () => hangs.shift() }),
    );
    const home = join(folder, 'killed');
    const reference = `${server.url}/weights.bin`;
    const child = startChild(pullScript(home, reference));
    await vi.waitFor(() => expect(bytesBelow(home)).toBeGreaterThan(150_000), { timeout: 10_000 });
    child.process.kill('SIGKILL');
    await child.exit;
    const store = createModelStore({ home, environment: {} });
    expect(await store.list()).toMatchObject([{ reference, complete: false, sizeBytes: expect.any(Number) }]);
    const model = await store.pull(reference);
    expect(readFileSync(model.files['weights.bin'] ?? '').equals(content)).toBe(true);
    expect(server.requests.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=150000-']);
    expect(readdirSync(model.directory).sort()).toEqual(['ferrum.json', 'weights.bin']);
  });

  it.concurrent('build a cache entry anew after a killed one', async () => {
    const entry = join(folder, 'graphs', 'abc');
    const child = startChild(`
      import { writeFileSync } from 'node:fs';
      await models.ensureCacheEntry(${JSON.stringify(entry)}, async (temporary) => {
        writeFileSync(temporary + '/half', '');
        console.log('building');
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      });`);
    await child.line('building');
    child.process.kill('SIGKILL');
    await child.exit;
    expect(readdirSync(join(folder, 'graphs')).some((name) => name.startsWith('abc.tmp-'))).toBe(true);
    let waits = 0;
    await ensureCacheEntry(entry, async () => undefined, { onWait: () => (waits += 1) });
    expect(waits).toBe(1);
    expect(readdirSync(join(folder, 'graphs'))).toEqual(['abc']);
    expect(readdirSync(entry)).toEqual(['entry.json']);
  });
});
