import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { PassThrough } from 'node:stream';
import { FerrumError } from '@ferrum/registry/errors';
import { list, Parser, type ReadEntry } from 'tar';
import type { ArchiveEntry, PackageArchive } from './package-archive.js';

/** Opens a gzipped tar file as npm packs it; the names leave out its root folder. @throws FerrumError `InvalidFormat`. */
export async function openTarArchive(path: string): Promise<PackageArchive> {
  const entries: ArchiveEntry[] = [];
  try {
    await list({
      file: path,
      strict: true,
      onReadEntry: (entry) => {
        if (isPlainFile(entry)) entries.push({ name: nameOf(entry), sizeBytes: entry.size });
      },
    });
  } catch (error) {
    throw damaged(path, error);
  }
  return {
    entries,
    read: ({ name }) => readEntry(path, name),
    close: async () => undefined,
  };
}

/** A tar file has no directory, so it is read from its start up to the entry. */
function readEntry(path: string, name: string): AsyncIterable<Uint8Array> {
  const output = new PassThrough();
  const fail = (error: unknown) => output.destroy(damaged(path, error));
  let found = false;
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      if (found || !isPlainFile(entry) || nameOf(entry) !== name) {
        entry.resume();
        return;
      }
      found = true;
      entry.pipe(output);
    },
  });
  parser.on('error', fail);
  parser.on('end', () => {
    if (!found) fail(new Error(`no entry ${name}`));
  });
  const file = createReadStream(path);
  file.on('error', fail);
  file.pipe(parser);
  output.on('close', () => file.destroy());
  return output;
}

function isPlainFile(entry: ReadEntry): boolean {
  return entry.type === 'File' || entry.type === 'OldFile' || entry.type === 'ContiguousFile';
}

/** Without the root folder, which npm calls `package` and others anything. */
function nameOf(entry: ReadEntry): string {
  return entry.path.slice(entry.path.indexOf('/') + 1);
}

function damaged(path: string, cause: unknown): FerrumError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FerrumError('InvalidFormat', `The package ${basename(path)} cannot be read: ${reason}.`, { cause });
}
