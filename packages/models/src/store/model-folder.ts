import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { renameDurably } from '../cache/durable.js';
import { listTree } from '../cache/list-tree.js';
import { makeFolder } from '../cache/make-folder.js';
import { readJson } from '../cache/read-json.js';
import { findDamage } from '../cache/sized-file.js';
import { wholeNumber } from '../shape.js';
import { isSafeRelativePath } from '../sources/safe-path.js';

/** What `ferrum.json` says of a model that was pulled; it is written last, so a model without one is not whole. */
export type ModelRecord = v.InferOutput<typeof recordSchema>;

/** The folder of one model: `<home>/models/<safe name>`. */
export class ModelFolder {
  readonly directory: string;
  /** For what is being downloaded. */
  readonly workDirectory: string;
  readonly lockPath: string;

  constructor(home: string, reference: string) {
    const name = safeName(reference);
    this.directory = join(home, 'models', name);
    this.workDirectory = join(this.directory, workFolder);
    this.lockPath = join(home, 'locks', `${name}.lock`);
  }

  /** The record, if there is one that can be read and all its files are there with their sizes. */
  async readWhole(): Promise<ModelRecord | undefined> {
    const record = await readRecord(this.directory);
    return record !== undefined && (await isWhole(this.directory, record)) ? record : undefined;
  }

  /** What an earlier pull's files lack, one phrase for each; undefined when there was no pull. */
  async findDamage(): Promise<readonly string[] | undefined> {
    const record = await readRecord(this.directory);
    if (record !== undefined) return await findDamage(filesDirectory(this.directory, record), record.files);
    return (await this.#holdsFiles()) ? ['its pull was interrupted'] : undefined;
  }

  /** Makes the folder, and says for whom, so that an interrupted pull can be listed. */
  async begin(reference: string): Promise<void> {
    await makeFolder(this.workDirectory);
    await writeFile(join(this.workDirectory, pullFile), JSON.stringify({ reference }));
  }

  /** Declares the model whole. */
  async finish(record: ModelRecord): Promise<void> {
    const temporary = join(this.workDirectory, recordFile);
    await writeFile(temporary, `${JSON.stringify(record, null, 2)}\n`, { flush: true });
    await renameDurably(temporary, join(this.directory, recordFile));
    await rm(this.workDirectory, { recursive: true, force: true });
  }

  /** Removes the folder when a failed pull left nothing worth keeping in it. */
  async discardIfEmpty(): Promise<void> {
    if (!(await this.#holdsFiles())) await this.remove();
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Whether a pull left anything beside the note of `begin`. */
  async #holdsFiles(): Promise<boolean> {
    return (await listTree(this.directory)).some(({ name }) => name !== `${workFolder}/${pullFile}`);
  }
}

/** Where the files of a record are: in the model's own folder, or in the hub's cache. */
export function filesDirectory(modelDirectory: string, record: ModelRecord): string {
  return record.hub?.directory ?? modelDirectory;
}

export async function readRecord(modelDirectory: string): Promise<ModelRecord | undefined> {
  const record = v.safeParse(recordSchema, await readJson(join(modelDirectory, recordFile)));
  return record.success ? record.output : undefined;
}

/** Which model an unfinished pull was for. */
export async function readPullReference(modelDirectory: string): Promise<string | undefined> {
  const pull = v.safeParse(pullSchema, await readJson(join(modelDirectory, workFolder, pullFile)));
  return pull.success ? pull.output.reference : undefined;
}

export async function isWhole(modelDirectory: string, record: ModelRecord): Promise<boolean> {
  return (await findDamage(filesDirectory(modelDirectory, record), record.files)).length === 0;
}

const recordFile = 'ferrum.json';
const workFolder = '.download';
const pullFile = 'pull.json';

const pullSchema = v.object({ reference: v.string() });
const recordedFile = v.object({
  name: v.pipe(v.string(), v.check(isSafeRelativePath)),
  sizeBytes: v.pipe(wholeNumber, v.minValue(0)),
  sha256: v.optional(v.string()),
  /** In the hub's cache: false when another program had put it there. */
  downloaded: v.optional(v.boolean()),
});
const recordSchema = v.object({
  version: v.literal(1),
  reference: v.string(),
  /** The source that delivered it. */
  source: v.string(),
  pulledAt: v.pipe(v.string(), v.isoTimestamp()),
  /** Present when the files are in the hub's cache. */
  hub: v.optional(
    v.pipe(
      v.object({
        repository: v.string(),
        commit: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/)),
        directory: v.string(),
      }),
      v.readonly(),
    ),
  ),
  files: v.pipe(v.array(v.pipe(recordedFile, v.readonly())), v.minLength(1), v.readonly()),
});

/** Readable and unique: the reference with what no file system forbids, and a hash of it. */
function safeName(reference: string): string {
  const readable = reference
    .replace(/[^A-Za-z0-9._]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 60);
  return `${readable}-${createHash('sha256').update(reference).digest('hex').slice(0, 8)}`;
}
