import type { Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { FerrumError } from '@ferrum/registry/errors';
import { invalidFormat } from './invalid-format.js';

/** Node reads at most 2 GiB − 1 in one call. */
const readLimit = 1 << 30;

/** A regular file, open for reading at any position. */
export class SourceFile {
  readonly path: string;
  /** When it was opened. */
  readonly byteLength: number;
  readonly #handle: FileHandle;
  #closed = false;

  private constructor(path: string, byteLength: number, handle: FileHandle) {
    this.path = path;
    this.byteLength = byteLength;
    this.#handle = handle;
  }

  /** @throws FerrumError `NotFound`, `PermissionDenied`, `InvalidFormat` for a folder or device, `IO`. */
  static async open(path: string): Promise<SourceFile> {
    // Looked at before it is opened: opening a named pipe would wait for a writer for ever.
    const found = await inspectPath(path);
    if (!found.isFile()) throw invalidFormat({ file: path, offset: 0 }, 'no regular file', 'a weight file');
    try {
      return new SourceFile(path, found.size, await open(path, 'r'));
    } catch (error) {
      throw fileError(path, error);
    }
  }

  /** Bytes `[start, start + length)` in fresh memory. */
  async read(start: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const target = allocate(length, this.path);
    await this.readInto(target, start);
    return target;
  }

  /** Fills `target` from position `start` on. */
  async readInto(target: Uint8Array, start: number): Promise<void> {
    if (this.#closed) {
      throw new FerrumError('InvalidParameter', `${this.path} is closed; read it before closing it.`);
    }
    for (let done = 0; done < target.byteLength; ) {
      const wanted = Math.min(target.byteLength - done, readLimit);
      const bytesRead = await this.#readOnce(target, done, wanted, start + done);
      if (bytesRead === 0) {
        const expected = `${target.byteLength - done} more bytes`;
        throw invalidFormat({ file: this.path, offset: start + done }, 'the end of the file', expected);
      }
      done += bytesRead;
    }
  }

  /** Waits for reads that are under way. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#handle.close();
  }

  async #readOnce(target: Uint8Array, at: number, length: number, position: number): Promise<number> {
    try {
      return (await this.#handle.read(target, at, length, position)).bytesRead;
    } catch (error) {
      throw fileError(this.path, error);
    }
  }
}

/** `stat` with Ferrum's errors. */
export async function inspectPath(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    throw fileError(path, error);
  }
}

export function fileError(path: string, cause: unknown): FerrumError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  switch (cause instanceof Error && 'code' in cause ? cause.code : undefined) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new FerrumError('NotFound', `No file or folder at ${path}.`, { cause });
    case 'EACCES':
    case 'EPERM':
      return new FerrumError('PermissionDenied', `${path} may not be read: ${reason}.`, { cause });
    case 'ERR_INVALID_ARG_TYPE':
    case 'ERR_INVALID_ARG_VALUE':
      return new FerrumError('InvalidParameter', `${JSON.stringify(path)} is not a path: ${reason}.`, { cause });
    default:
      return new FerrumError('IO', `${path} could not be read: ${reason}.`, { cause });
  }
}

function allocate(length: number, path: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    const message = `No memory for ${length} bytes of ${path}; read it in ranges.`;
    throw new FerrumError('ResourceExhausted', message, { cause });
  }
}
