import { open, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Flushes every file below a folder, and the folders, so that a rename of it never exposes half of it after a crash. */
export async function flushTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await flushTree(path);
    else if (entry.isFile()) await flush(path, 'r+');
  }
  await flushFolder(directory);
}

/** Renames and makes the new name durable. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await flushFolder(dirname(to));
}

async function flushFolder(directory: string): Promise<void> {
  // Windows can neither open nor flush a folder.
  if (process.platform !== 'win32') await flush(directory, 'r');
}

async function flush(path: string, flags: string): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
