import { readFile } from 'node:fs/promises';

/** A JSON file's content; undefined when it is absent or damaged: what it describes is then taken for incomplete. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}
