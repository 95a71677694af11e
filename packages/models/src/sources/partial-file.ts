import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { throwIfAborted } from '@ferrum/registry/errors';
import { errorCode, fileSystemError, type HomeVariable } from '../cache/file-system-error.js';
import { type Digest, FileHasher } from './digest.js';

/**
 * A download that is not whole yet, kept on disk so that a later process can go on with it. Beside it lies a note of
 * the version (an ETag or a date) that its bytes came from.
 */
export class PartialFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #digest: Digest | undefined;
  readonly #variable: HomeVariable;
  #hasher: FileHasher;
  #length = 0;
  #validator: string | undefined;

  private constructor(path: string, handle: FileHandle, digest: Digest | undefined, variable: HomeVariable) {
    this.path = path;
    this.#handle = handle;
    this.#digest = digest;
    this.#variable = variable;
    this.#hasher = new FileHasher(digest);
  }

  /** Opens or creates it, and hashes what is already there. @throws FerrumError of the file system, `Cancelled`. */
  static async open(
    path: string,
    digest: Digest | undefined,
    signal: AbortSignal,
    variable: HomeVariable = 'FERRUM_HOME',
  ): Promise<PartialFile> {
    try {
      await mkdir(dirname(path), { recursive: true });
      const handle = await openForUpdate(path);
      const partial = new PartialFile(path, handle, digest, variable);
      try {
        const { size } = await handle.stat();
        if (size > 0)
          for await (const chunk of createReadStream(path, { end: size - 1, signal })) partial.#append(chunk);
        partial.#validator = await readNote(path);
      } catch (error) {
        await handle.close();
        throw error;
      }
      return partial;
    } catch (error) {
      throwIfAborted(signal, `Opening ${path}`);
      throw fileSystemError(error, path, `open ${path}`, variable);
    }
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** What `If-Range` may compare with. */
  get validator(): string | undefined {
    return this.#validator;
  }

  /** Drops the bytes so far. */
  async restart(): Promise<void> {
    await this.#guard(() => this.#handle.truncate(0));
    this.#hasher = new FileHasher(this.#digest);
    this.#length = 0;
  }

  async setValidator(validator: string | undefined): Promise<void> {
    if (validator === this.#validator) return;
    this.#validator = validator;
    await this.#guard(() =>
      validator === undefined ? rm(notePath(this.path), { force: true }) : writeFile(notePath(this.path), validator),
    );
  }

  async write(chunk: Uint8Array): Promise<void> {
    const at = this.#length;
    await this.#guard(() => this.#handle.write(chunk, 0, chunk.length, at));
    this.#append(chunk);
  }

  /** Flushes, checks and closes. @returns the SHA-256. @throws FerrumError `InvalidFormat` on a wrong checksum. */
  async finish(what: string): Promise<string> {
    const sha256 = this.#hasher.finish(what);
    await this.#guard(() => this.#handle.sync());
    await this.close();
    await rm(notePath(this.path), { force: true });
    return sha256;
  }

  /** Safe to call twice. */
  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** Closes and deletes. */
  async remove(): Promise<void> {
    await this.close();
    await rm(this.path, { force: true });
    await rm(notePath(this.path), { force: true });
  }

  #append(chunk: Uint8Array): void {
    this.#hasher.update(chunk);
    this.#length += chunk.length;
  }

  async #guard(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (error) {
      throw fileSystemError(error, this.path, `write ${this.path}`, this.#variable);
    }
  }
}

async function openForUpdate(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return await open(path, 'w+');
  }
}

async function readNote(path: string): Promise<string | undefined> {
  const text = await readFile(notePath(path), 'utf8').catch(() => '');
  // Only what can be a header's value: the note may have been damaged.
  return /^[\x20-\x7e]{1,500}$/.test(text) ? text : undefined;
}

function notePath(path: string): string {
  return `${path}.etag`;
}
