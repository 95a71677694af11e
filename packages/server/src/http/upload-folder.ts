import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Where uploads lie while they are worked on. The server makes every name in it; nothing of a client's is part of a path. */
export class UploadFolder {
  #made: Promise<string> | undefined;
  #count = 0;

  /** A path that nothing lies at yet. */
  async newFile(): Promise<string> {
    this.#made ??= mkdtemp(path.join(tmpdir(), 'ferrum-uploads-'));
    this.#count += 1;
    // Taken before waiting: others may count on meanwhile.
    const name = String(this.#count);
    return path.join(await this.#made, name);
  }

  async remove(): Promise<void> {
    if (this.#made !== undefined) await rm(await this.#made, { recursive: true, force: true });
  }
}
