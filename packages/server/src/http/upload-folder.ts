import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Where uploads lie while they are worked on. The server makes every name in it; nothing of a client's is part of a path. */
export class UploadFolder {
  #made: Promise<string> | undefined;
  #count = 0;

  /** A path that nothing lies at yet. */
  async newFile(): Promise<string> {
    this.#count += 1;
    // Taken before waiting: others may count on meanwhile.
    const name = String(this.#count);
    return path.join(await this.#folder(), name);
  }

  async remove(): Promise<void> {
    const folder = await this.#made?.catch(() => undefined);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }

  /** Made anew when something has cleared the temporary folder, or when making it failed before. */
  async #folder(): Promise<string> {
    const made = this.#made;
    const isThere = made?.then(stat).then(
      () => true,
      () => false,
    );
    if (made !== undefined && (await isThere)) return made;
    // Another request may have made it meanwhile.
    if (this.#made === made) this.#made = mkdtemp(path.join(tmpdir(), 'ferrum-uploads-'));
    return this.#made ?? this.#folder();
  }
}
