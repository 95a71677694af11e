import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { rejection } from '../testing/rejection.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { ensureCacheEntry } from './cache-entry.js';

const folder = temporaryFolder();
let count = 0;

function newEntry(): string {
  count += 1;
  return join(folder, `graphs-${count}`, 'abc');
}

describe('ensureCacheEntry', () => {
  it('builds once, in a temporary folder beside the entry', async () => {
    const entry = newEntry();
    let builds = 0;
    const build = async (temporary: string) => {
      builds += 1;
      expect(temporary.startsWith(`${entry}.tmp-`)).toBe(true);
      expect(existsSync(entry)).toBe(false);
      mkdirSync(join(temporary, 'sub'));
      await writeFile(join(temporary, 'sub', 'graph.onnx'), 'graph');
    };
    expect(await ensureCacheEntry(entry, build)).toBe(entry);
    expect(await ensureCacheEntry(entry, build)).toBe(entry);
    expect(builds).toBe(1);
    expect(readFileSync(join(entry, 'sub', 'graph.onnx'), 'utf8')).toBe('graph');
    expect(readdirSync(join(entry, '..'))).toEqual(['abc']);
  });

  it('lets one of several callers build while the others wait', async () => {
    const entry = newEntry();
    let builds = 0;
    let waits = 0;
    const build = async (temporary: string) => {
      builds += 1;
      await sleep(50);
      await appendFile(join(temporary, 'log'), 'x');
    };
    await Promise.all([1, 2, 3].map(() => ensureCacheEntry(entry, build, { onWait: () => (waits += 1) })));
    expect([builds, waits]).toEqual([1, 2]);
    expect(readFileSync(join(entry, 'log'), 'utf8')).toBe('x');
  });

  it('leaves nothing behind when the build fails, and can be tried again', async () => {
    const entry = newEntry();
    const failure = new TypeError('a mistake');
    const failing = ensureCacheEntry(entry, async (temporary) => {
      await writeFile(join(temporary, 'half'), '');
      throw failure;
    });
    await expect(failing).rejects.toBe(failure);
    expect(readdirSync(join(entry, '..'))).toEqual([]);
    await ensureCacheEntry(entry, async (temporary) => writeFile(join(temporary, 'whole'), ''));
    expect(readdirSync(entry)).toEqual(['entry.json', 'whole']);
  });

  it.each<[string, (entry: string) => void]>([
    ['a truncated file', (entry) => truncateSync(join(entry, 'sub', 'weights.bin'), 3)],
    ['a missing file', (entry) => rmSync(join(entry, 'decoder.onnx'))],
    [
      'a folder in place of a file',
      (entry) => {
        rmSync(join(entry, 'decoder.onnx'));
        mkdirSync(join(entry, 'decoder.onnx'));
      },
    ],
    [
      'nothing in it',
      (entry) => {
        rmSync(entry, { recursive: true });
        mkdirSync(entry);
      },
    ],
    ['no list of its files', (entry) => rmSync(join(entry, 'entry.json'))],
    ['half a list of its files', (entry) => truncateSync(join(entry, 'entry.json'), 20)],
  ])('builds an entry anew that has %s', async (_damage, damage) => {
    const entry = newEntry();
    let builds = 0;
    const build = async (temporary: string) => {
      builds += 1;
      mkdirSync(join(temporary, 'sub'));
      await writeFile(join(temporary, 'sub', 'weights.bin'), 'weights');
      await writeFile(join(temporary, 'decoder.onnx'), 'graph');
    };
    await ensureCacheEntry(entry, build);
    damage(entry);
    await Promise.all([ensureCacheEntry(entry, build), ensureCacheEntry(entry, build)]);
    expect(builds).toBe(2);
    expect(statSync(join(entry, 'sub', 'weights.bin')).size).toBe(7);
    expect(statSync(join(entry, 'decoder.onnx')).size).toBe(5);
    expect(readdirSync(join(entry, '..'))).toEqual(['abc']);
    await ensureCacheEntry(entry, build);
    expect(builds).toBe(2);
  });

  it('removes what a killed process left', async () => {
    const entry = newEntry();
    mkdirSync(`${entry}.tmp-0123456789ab`, { recursive: true });
    writeFileSync(join(`${entry}.tmp-0123456789ab`, 'half'), '');
    await ensureCacheEntry(entry, async () => undefined);
    expect(readdirSync(join(entry, '..'))).toEqual(['abc']);
  });

  it('stops a build that is cancelled, and a wait', async () => {
    const entry = newEntry();
    const controller = new AbortController();
    const build = async (_temporary: string, signal: AbortSignal) => {
      setTimeout(() => controller.abort(), 20);
      await sleep(60_000, undefined, { signal });
    };
    const building = rejection(ensureCacheEntry(entry, build, { signal: controller.signal }));
    const waiting = rejection(ensureCacheEntry(entry, build, { signal: controller.signal }));
    expect((await building).code).toBe('Cancelled');
    expect((await waiting).code).toBe('Cancelled');
    expect(readdirSync(join(entry, '..'))).toEqual([]);
  });

  it.skipIf(!existsSync('/dev/full'))('reports a full disk (needs /dev/full)', async () => {
    const entry = newEntry();
    const error = await rejection(ensureCacheEntry(entry, () => writeFile('/dev/full', 'x')));
    expect([error.code, error.details.systemCode]).toEqual(['ResourceExhausted', 'ENOSPC']);
    expect(readdirSync(join(entry, '..'))).toEqual([]);
  });

  it('names the folder and FERRUM_HOME when a file is in the way', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const error = await rejection(ensureCacheEntry(join(file, 'graphs', 'abc'), async () => undefined));
    expect([error.code, error.message]).toEqual(['IO', expect.stringMatching(/FERRUM_HOME/)]);
    expect((await rejection(ensureCacheEntry(file, async () => undefined))).message).toContain(file);
  });

  it.skipIf(!existsSync('/proc/self'))('names them when the folder cannot be made (needs /proc)', async () => {
    // Node's own `mkdir` with `recursive` would not return.
    const error = await rejection(ensureCacheEntry('/proc/ferrum/graphs/abc', async () => undefined));
    expect([error.code, error.details.systemCode]).toEqual(['PermissionDenied', 'ENOENT']);
    expect(error.message).toMatch(/create the folder \/proc\/ferrum\/graphs.*FERRUM_HOME/);
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'names the folder and FERRUM_HOME when it may not be written (not as root, not on Windows)',
    async () => {
      const locked = join(folder, 'locked');
      mkdirSync(locked, { mode: 0o500 });
      const error = await rejection(ensureCacheEntry(join(locked, 'abc'), async () => undefined));
      expect([error.code, error.message]).toEqual(['PermissionDenied', expect.stringMatching(/locked.*FERRUM_HOME/)]);
    },
  );
});
