import { bytesBelow } from '../cache/list-tree.js';
import { filesDirectory, isWhole, readPullReference, readRecord } from './model-folder.js';

/** A model in the store's folder. */
export interface InstalledModel {
  /** The catalogue name or the source it was pulled as. */
  readonly reference: string;
  /** Bytes on disk. */
  readonly sizeBytes: number;
  /** The folder that holds the files. */
  readonly path: string;
  /** False for an interrupted pull, or when files have gone: pulling again mends it. */
  readonly complete: boolean;
  readonly pulledAt?: Date;
  /** The source that delivered it. */
  readonly source?: string;
}

/** Reads one folder of the store; undefined when it is not a model's. */
export async function readInstalledModel(modelDirectory: string): Promise<InstalledModel | undefined> {
  const record = await readRecord(modelDirectory);
  if (record === undefined) {
    const reference = await readPullReference(modelDirectory);
    if (reference === undefined) return undefined;
    return { reference, sizeBytes: await bytesBelow(modelDirectory), path: modelDirectory, complete: false };
  }
  return {
    reference: record.reference,
    sizeBytes: record.files.reduce((sum, file) => sum + file.sizeBytes, 0),
    path: filesDirectory(modelDirectory, record),
    complete: await isWhole(modelDirectory, record),
    pulledAt: new Date(record.pulledAt),
    source: record.source,
  };
}
