import { basename } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import { type Entry, openPromise } from 'yauzl';
import type { ArchiveEntry, PackageArchive } from './package-archive.js';

/** Opens a zip file, e.g. a Python wheel. @throws FerrumError `InvalidFormat`. */
export async function openZipArchive(path: string): Promise<PackageArchive> {
  try {
    const zip = await openPromise(path, { autoClose: false });
    const byName = new Map<string, Entry>();
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith('/')) byName.set(entry.fileName, entry);
    }
    return {
      entries: [...byName].map(([name, entry]) => ({ name, sizeBytes: entry.uncompressedSize })),
      async *read({ name }: ArchiveEntry) {
        const entry = byName.get(name);
        if (entry === undefined) throw damaged(path, `no entry ${name}`);
        try {
          for await (const chunk of await zip.openReadStreamPromise(entry)) yield chunk as Uint8Array;
        } catch (error) {
          throw damaged(path, name, error);
        }
      },
      close: async () => zip.close(),
    };
  } catch (error) {
    throw damaged(path, 'its directory', error);
  }
}

function damaged(path: string, where: string, cause?: unknown): FerrumError {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new FerrumError('InvalidFormat', `The package ${basename(path)} cannot be read at ${where}${reason}.`, {
    cause,
  });
}
