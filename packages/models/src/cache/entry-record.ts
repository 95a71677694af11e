import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { wholeNumber } from '../shape.js';
import { listTree } from './list-tree.js';
import { readJson } from './read-json.js';
import { findDamage } from './sized-file.js';

/** What `entry.json` says of a cache entry: its files, and the files that it was derived from. */
export type EntryRecord = v.InferOutput<typeof recordSchema>;

/** Lists what is in the folder now; to be called when all of it is there. */
export async function writeEntryRecord(directory: string, sources: readonly string[]): Promise<void> {
  const files = await Promise.all(
    (await listTree(directory)).map(async ({ name, path }) => ({ name, sizeBytes: (await stat(path)).size })),
  );
  const record: EntryRecord = { version: 1, sources, files };
  await writeFile(join(directory, recordFile), `${JSON.stringify(record, null, 2)}\n`);
}

/** The record, when there is one that can be read. */
export async function readEntryRecord(directory: string): Promise<EntryRecord | undefined> {
  const record = v.safeParse(recordSchema, await readJson(join(directory, recordFile)));
  return record.success ? record.output : undefined;
}

/** Whether the entry has a record, and every file in it is there with its size. Costs a read and a `stat` a file. */
export async function isEntryWhole(directory: string): Promise<boolean> {
  const record = await readEntryRecord(directory);
  return record !== undefined && (await findDamage(directory, record.files)).length === 0;
}

const recordFile = 'entry.json';

const recordSchema = v.object({
  version: v.literal(1),
  /** Absolute paths. */
  sources: v.pipe(v.array(v.string()), v.readonly()),
  files: v.pipe(
    v.array(v.pipe(v.object({ name: v.string(), sizeBytes: v.pipe(wholeNumber, v.minValue(0)) }), v.readonly())),
    v.readonly(),
  ),
});
