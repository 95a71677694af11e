import { randomBytes } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ProgressEvent } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { blobId, sha256, startHub, type TestHub } from '../testing/hub-server.js';
import { rejection } from '../testing/rejection.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { type HubPull, pullFromHub } from './hub.js';
import type { HubSettings } from './hub-api.js';
import { findInHubCache, type HubSnapshot } from './hub-snapshot.js';
import type { HubReference } from './reference.js';

const folder = temporaryFolder();
const weights = randomBytes(200_000);
const config = '{"model_type":"llama"}';
const repository = 'owner/tiny';
const reference: HubReference = { kind: 'hf', repository };
let count = 0;

interface Setup {
  readonly server: TestHub;
  readonly settings: HubSettings;
  /** The repository's folder in the cache. */
  readonly directory: string;
  pull(options?: Partial<HubPull>): Promise<HubSnapshot>;
}

async function setup(extra: Readonly<Record<string, Uint8Array | string>> = {}): Promise<Setup> {
  const files = {
    'config.json': config,
    'tokenizer.json': '{}',
    'model.safetensors': weights,
    'pytorch_model.bin': 'no',
  };
  const server = await startHub(repository, { ...files, ...extra });
  count += 1;
  const settings = { endpoint: server.hub.url, cache: join(folder, `hub-${count}`) };
  const { signal } = new AbortController();
  const base = { hub: settings, reference, expected: [], signal, onProgress: () => undefined };
  return {
    server,
    settings,
    directory: join(settings.cache, 'models--owner--tiny'),
    pull: (options) => pullFromHub({ ...base, ...options }),
  };
}

describe('pullFromHub', () => {
  it('fills the cache as huggingface_hub lays it out', async () => {
    const { pull, directory, server } = await setup();
    const snapshot = await pull();
    expect(snapshot.directory).toBe(join(directory, 'snapshots', server.commit));
    expect(snapshot.files.map((file) => file.name)).toEqual(['config.json', 'tokenizer.json', 'model.safetensors']);
    expect(readFileSync(join(directory, 'refs', 'main'), 'utf8')).toBe(server.commit);
    expect(readdirSync(join(directory, 'blobs')).sort()).toEqual(
      [sha256(weights), blobId(Buffer.from(config)), blobId(Buffer.from('{}'))].sort(),
    );
    const link = join(snapshot.directory, 'model.safetensors');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readlinkSync(link)).toBe(join('..', '..', 'blobs', sha256(weights)));
    expect(readFileSync(link).equals(weights)).toBe(true);
  });

  it('asks for the listing alone when every file is there, whoever put it there', async () => {
    const { pull, server, directory } = await setup();
    mkdirSync(join(directory, 'blobs'), { recursive: true });
    writeFileSync(join(directory, 'blobs', sha256(weights)), weights);
    const first = await pull();
    expect(first.files.map((file) => file.downloaded)).toEqual([true, true, false]);
    expect(server.storage.requests).toHaveLength(0);
    const before = server.hub.requests.length;
    await pull();
    expect(server.hub.requests.slice(before).map((request) => request.path)).toEqual([
      '/api/models/owner/tiny/revision/main?blobs=true',
    ]);
  });

  it('sends the token to the hub and not to its storage', async () => {
    const { pull, server, settings } = await setup();
    server.requiredToken = 'hf_secret';
    await pull({ hub: { ...settings, token: 'hf_secret' } });
    expect(server.storage.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('explains a gated repository, with and without a token', async () => {
    const { pull, server, settings } = await setup();
    server.requiredToken = 'other';
    const without = await rejection(pull());
    expect([without.code, without.message]).toEqual(['Auth', expect.stringMatching(/set HF_TOKEN/)]);
    const wrong = await rejection(pull({ hub: { ...settings, token: 'mine' } }));
    expect([wrong.code, wrong.message]).toEqual(['Auth', expect.stringMatching(/account of HF_TOKEN/)]);
    expect(wrong.message).not.toContain('mine');
  });

  it('resumes a large file where the connection broke', async () => {
    const { pull, server } = await setup();
    const breaks = [70_000];
    server.files.set('model.safetensors', { content: weights, etag: '"s"', breakAfter: () => breaks.shift() });
    const events: ProgressEvent[] = [];
    await pull({ onProgress: (event) => events.push(event) });
    const ranges = server.storage.requests.map(({ headers }) => headers.range);
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
    const total = weights.length + config.length + 2;
    expect(events.at(-1)).toEqual({
      phase: 'download',
      label: 'model.safetensors',
      unit: 'bytes',
      completed: total,
      total,
    });
  });

  it('accepts no other bytes than those of the object id', async () => {
    const { pull, server, directory } = await setup();
    const listed = server.files.get('model.safetensors');
    server.listing = {
      sha: server.commit,
      siblings: [{ rfilename: 'model.safetensors', lfs: { sha256: sha256(weights), size: weights.length } }],
    };
    server.files.set('model.safetensors', { content: randomBytes(weights.length) });
    expect((await rejection(pull())).code).toBe('InvalidFormat');
    expect(readdirSync(join(directory, 'blobs'))).toEqual([]);
    if (listed) server.files.set('model.safetensors', listed);
    expect((await pull()).files).toHaveLength(1);
  });

  it('holds the hub to what the catalogue knows', async () => {
    const { pull, server } = await setup();
    const expected = [{ name: 'model.safetensors', sizeBytes: weights.length, sha256: sha256('other') }];
    expect((await rejection(pull({ expected }))).code).toBe('InvalidFormat');
    expect(server.storage.requests).toHaveLength(0);
  });

  it.each([
    ['no JSON', '<html>', 'InvalidFormat'],
    ['no commit', { siblings: [] }, 'InvalidFormat'],
    ['no object ids', { sha: 'a'.repeat(40), siblings: [{ rfilename: 'model.safetensors' }] }, 'InvalidFormat'],
    ['no weights', { sha: 'a'.repeat(40), siblings: [] }, 'Unsupported'],
    [
      'names that leave the cache',
      { sha: 'a'.repeat(40), siblings: [{ rfilename: '../../x.safetensors', size: 1, blobId: 'b'.repeat(40) }] },
      'Unsupported',
    ],
  ])('rejects a listing with %s', async (_what, listing, code) => {
    const { pull, server, directory } = await setup();
    server.listing = listing;
    expect((await rejection(pull())).code).toBe(code);
    expect(existsSync(directory)).toBe(false);
  });

  it('says that a repository, a revision or a file does not exist', async () => {
    const { pull } = await setup();
    const absent = { ...reference, repository: 'owner/absent' };
    for (const wrong of [absent, { ...reference, revision: 'v9' }, { ...reference, file: 'x.gguf' }]) {
      expect((await rejection(pull({ reference: wrong }))).code).toBe('NotFound');
    }
  });

  it('takes one named file of a commit', async () => {
    const { pull, server } = await setup({ 'sub/m.Q4_0.gguf': randomBytes(1000) });
    const snapshot = await pull({ reference: { ...reference, revision: server.commit, file: 'sub/m.Q4_0.gguf' } });
    expect(snapshot.files.map((file) => file.name)).toEqual(['sub/m.Q4_0.gguf']);
    expect(readlinkSync(join(snapshot.directory, 'sub/m.Q4_0.gguf')).startsWith(join('..', '..', '..', 'blobs'))).toBe(
      true,
    );
  });
});

describe('findInHubCache', () => {
  it('finds a whole snapshot without asking the hub', async () => {
    const { pull, settings, server } = await setup();
    expect(await findInHubCache(settings, reference)).toBeUndefined();
    const pulled = await pull();
    const requests = server.hub.requests.length;
    const found = await findInHubCache(settings, reference);
    expect(found?.directory).toBe(pulled.directory);
    expect(found?.files.map((file) => file.name)).toEqual(['config.json', 'tokenizer.json', 'model.safetensors']);
    expect(server.hub.requests).toHaveLength(requests);
  });

  it('does not take a part for the whole', async () => {
    const { pull, settings } = await setup();
    const { directory } = await pull();
    rmSync(join(directory, 'tokenizer.json'));
    expect(await findInHubCache(settings, reference)).toBeUndefined();
  });
});
