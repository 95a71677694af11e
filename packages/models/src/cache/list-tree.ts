import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface TreeFile {
  /** Relative to the folder listed, with `/`. */
  readonly name: string;
  readonly path: string;
  readonly isLink: boolean;
}

/** Everything below a folder that is not a folder, in the order of names; nothing when the folder does not exist. */
export async function listTree(directory: string, prefix = ''): Promise<readonly TreeFile[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const files: TreeFile[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory()) files.push(...(await listTree(path, `${name}/`)));
    else files.push({ name, path, isLink: entry.isSymbolicLink() });
  }
  return files;
}

/** Bytes of every file below a folder. */
export async function bytesBelow(directory: string): Promise<number> {
  let bytes = 0;
  for (const { path } of await listTree(directory)) bytes += (await stat(path).catch(() => undefined))?.size ?? 0;
  return bytes;
}
