import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import type { Output } from './output.js';

/** A file in the making, under a name of its own: nobody takes half a result for the whole. */
export class StagedFile {
  readonly #path: string;
  readonly #target: string;
  readonly #handle: FileHandle;

  private constructor(path: string, target: string, handle: FileHandle) {
    this.#path = path;
    this.#target = target;
    this.#handle = handle;
  }

  /** One that is to become `target`. @throws FerrumError `InvalidParameter` where a file cannot be; `IO`. */
  static async beside(target: string): Promise<StagedFile> {
    const existing = await stat(target).catch(() => undefined);
    if (existing && !existing.isFile()) {
      throw new FerrumError('InvalidParameter', `${target} is no file. Name one, or write to standard output.`);
    }
    // A link stays, and leads to the new file.
    const file = await realpath(target).catch(() => target);
    return StagedFile.#open(`${file}.${randomUUID()}.incomplete`, file, existing?.mode);
  }

  /** One that is to be copied elsewhere. @throws FerrumError `IO` */
  static async temporary(): Promise<StagedFile> {
    const path = join(tmpdir(), `ferrum-${randomUUID()}`);
    return StagedFile.#open(path, path, 0o600);
  }

  static async #open(path: string, target: string, mode: number | undefined): Promise<StagedFile> {
    const handle = await open(path, 'wx+', mode).catch((cause: unknown) => fail(target, cause));
    return new StagedFile(path, target, handle);
  }

  async write(data: string | Uint8Array): Promise<void> {
    await this.#handle.writeFile(data).catch((cause: unknown) => fail(this.#target, cause));
  }

  /** Replaces the first bytes. */
  async rewrite(data: Uint8Array): Promise<void> {
    await this.#handle.write(data, 0, data.length, 0).catch((cause: unknown) => fail(this.#target, cause));
  }

  /** Puts the file where it was to be, in place of one that is there. */
  async keep(): Promise<void> {
    try {
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.#path, this.#target);
    } catch (cause) {
      fail(this.#target, cause);
    }
  }

  async copyTo(output: Output): Promise<void> {
    for await (const chunk of createReadStream(this.#path)) await output.write(chunk);
  }

  /** Leaves nothing behind; after `keep` it does nothing. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {});
    await rm(this.#path, { force: true }).catch(() => {});
  }
}

function fail(target: string, cause: unknown): never {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const reason = typeof code === 'string' ? (reasons[code] ?? code) : String(cause);
  throw new FerrumError('IO', `${target} cannot be written: ${reason}.`, { cause, details: { path: target } });
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'its folder is not there',
  ENOTDIR: 'its folder is not there',
  EACCES: 'you are not allowed to',
  EPERM: 'you are not allowed to',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
};
