import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { ensureCacheEntry } from '../cache/cache-entry.js';
import type { ConversionOptions } from './convert-in-worker.js';

export interface Conversion {
  /** The file or folder that is converted. */
  readonly location: string;
  /** All files that it reads. */
  readonly files: readonly string[];
  /** What determines the result beside the files: version, settings, configuration. */
  readonly maker: unknown;
  /** Of the model, for people. */
  readonly label: string;
  readonly cacheDirectory: string;
  /** Fills the folder. */
  readonly convert: (directory: string, options: ConversionOptions) => Promise<void>;
}

/**
 * Makes sure that what a model is converted to is in the cache, under `graphs/`.
 * @returns the folder
 * @throws FerrumError as `ensureCacheEntry` does
 */
export async function ensureConverted(
  conversion: Conversion,
  { signal, onProgress }: ConversionOptions,
): Promise<string> {
  const { location, maker, label, cacheDirectory, convert } = conversion;
  const files = await Promise.all(conversion.files.map((file) => realpath(file)));
  const key = await cacheKey(location, files, maker);
  return ensureCacheEntry(
    path.join(cacheDirectory, 'graphs', key),
    (directory, buildSignal) => convert(directory, { signal: buildSignal, onProgress }),
    {
      signal,
      sources: files,
      onWait: () => {
        const waiting = `${label} (another process is converting it)`;
        onProgress?.({ phase: 'convert', label: waiting, unit: 'tensors', completed: 0 });
      },
    },
  );
}

/** Names the conversion: what made it and what it read. Files count by place, size and time. */
async function cacheKey(location: string, files: readonly string[], maker: unknown): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(maker));
  for (const file of files) {
    const { size, mtimeMs } = await stat(file);
    hash.update(JSON.stringify([file, size, mtimeMs]));
  }
  const name = path
    .basename(location)
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(0, 48);
  return `${name}-${hash.digest('hex').slice(0, 16)}`;
}
