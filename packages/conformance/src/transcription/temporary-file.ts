import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs with the path of a file of these bytes, in a folder that is gone afterwards. */
export async function withFile<Result>(
  name: string,
  bytes: Uint8Array,
  run: (path: string, folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'ferrum-conformance-'));
  try {
    const path = join(folder, name);
    await writeFile(path, bytes);
    return await run(path, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
