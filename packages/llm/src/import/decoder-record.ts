import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import type { DecoderWeights } from '../architecture/decoder-weights.js';
import type { LayerOutliers } from '../architecture/outlier-channels.js';

export const decoderRecordFile = 'decoder.json';

/** Where an imported model's weights lie in its file, so that further graphs over them can be made later. */
export interface DecoderRecord {
  readonly decode: DecoderWeights;
  /** Absent where no graph of its own reads prompts. */
  readonly prefill?: { readonly weights: DecoderWeights; readonly outliers: readonly LayerOutliers[] };
}

export function writeDecoderRecord(directory: string, record: DecoderRecord): Promise<void> {
  return writeFile(path.join(directory, decoderRecordFile), JSON.stringify(record));
}

/** @throws FerrumError `IO` when the cache has lost it. */
export async function readDecoderRecord(directory: string): Promise<DecoderRecord> {
  const file = path.join(directory, decoderRecordFile);
  try {
    return JSON.parse(await readFile(file, 'utf8')) as DecoderRecord;
  } catch (cause) {
    throw new FerrumError('IO', `${file} can't be read; delete its folder, so that the model is converted again.`, {
      cause,
    });
  }
}
