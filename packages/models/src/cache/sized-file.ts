import { stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A file by its name within a folder, as a record of the folder lists it. */
export interface SizedFile {
  readonly name: string;
  readonly sizeBytes: number;
}

/** What is missing of the files, or has another size: one phrase for each. */
export async function findDamage(directory: string, files: readonly SizedFile[]): Promise<readonly string[]> {
  const damage: string[] = [];
  for (const { name, sizeBytes } of files) {
    const found = await stat(join(directory, name)).catch(() => undefined);
    if (!found?.isFile()) damage.push(`${name} is missing`);
    else if (found.size !== sizeBytes) damage.push(`${name} has ${found.size} bytes instead of ${sizeBytes}`);
  }
  return damage;
}
