import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { FerrumError } from '@ferrum/registry/errors';

/** Bytes at any position, of a file or of the caller's memory. */
export interface ByteSource {
  readonly size: number;
  /** Bytes [position, position + length), fewer at the end, in memory of their own. */
  read(position: number, length: number): Promise<Uint8Array>;
  close(): void;
}

/**
 * A file, read with blocking calls: this thread has nothing else to do.
 * @throws FerrumError `NotFound`, `PermissionDenied`, `InvalidFormat` for a folder or a device, `IO`
 */
export function openFile(path: string): ByteSource {
  return attempt(path, () => {
    // Looked at before it is opened: opening a named pipe would wait for a writer for ever.
    const found = statSync(path);
    if (!found.isFile()) {
      const kind = found.isDirectory() ? 'a folder' : 'no regular file';
      throw new FerrumError('InvalidFormat', `${path} is ${kind}; give the path of an audio file.`);
    }
    const file = openSync(path, 'r');
    return {
      size: fstatSync(file).size,
      read: async (position, length) =>
        attempt(path, () => {
          const target = new Uint8Array(length);
          return target.subarray(0, readSync(file, target, 0, length, position));
        }),
      close: () => closeSync(file),
    };
  });
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw FerrumError.isInstance(error) ? error : fileError(path, error);
  }
}

function fileError(path: string, cause: unknown): FerrumError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new FerrumError('NotFound', `No audio file at ${path}.`, { cause, details: { path } });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new FerrumError('PermissionDenied', `No permission to read ${path} (${code}).`, {
      cause,
      details: { path },
    });
  }
  return new FerrumError('IO', `Could not read ${path}: ${reason}.`, { cause, details: { path } });
}
