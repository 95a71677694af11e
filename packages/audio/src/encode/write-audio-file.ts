import { randomUUID } from 'node:crypto';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import { encodeBlocks, requireChunks, type SampleChunks } from './encode-blocks.js';
import { checkEncodeOptions, type EncodeOptions } from './encode-options.js';

export interface WrittenAudio {
  /** At the file's sample rate. */
  readonly samples: number;
  readonly bytes: number;
  readonly seconds: number;
}

/**
 * Encodes mono samples to a file, as `encodeAudio` does, and puts the true length into its first bytes (wav, mp3,
 * flac). It is written beside the file under another name and renamed at the end: a run that fails leaves nothing
 * behind and an older file as it was.
 *
 * @throws FerrumError as `encodeAudio`; `NotFound` (no such folder), `PermissionDenied`, `InvalidParameter` (a folder's
 *   or a device's path), `Unsupported` (over 4 GiB of wav), `IO`
 */
export async function writeAudioFile(
  path: string,
  chunks: SampleChunks,
  options: EncodeOptions,
): Promise<WrittenAudio> {
  const settings = checkEncodeOptions(options);
  requireChunks(chunks);
  const target = await targetOf(path);
  const staged = `${target}.${randomUUID()}.incomplete`;
  const file = await open(staged, 'wx').catch((cause: unknown) => fail(target, cause));
  try {
    const written = await writeAll(
      file,
      target,
      encodeBlocks(chunks, { settings, signal: options.signal, isFile: true }),
    );
    await file.close();
    await rename(staged, target).catch((cause: unknown) => fail(target, cause));
    return { ...written, seconds: written.samples / settings.sampleRate };
  } catch (error) {
    await file.close().catch(() => {});
    await rm(staged, { force: true }).catch(() => {});
    throw error;
  }
}

async function writeAll(
  file: FileHandle,
  target: string,
  blocks: ReturnType<typeof encodeBlocks>,
): Promise<Omit<WrittenAudio, 'seconds'>> {
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await blocks.next();
      if (done) {
        const { header, sampleCount } = value;
        if (header) await file.write(header, 0, header.length, 0).catch((cause: unknown) => fail(target, cause));
        return { samples: sampleCount, bytes };
      }
      // Unlike write, it goes on until all is written.
      await file.writeFile(value).catch((cause: unknown) => fail(target, cause));
      bytes += value.length;
    }
  } finally {
    await blocks.return({ header: undefined, sampleCount: 0 });
  }
}

/** The file that the path leads to: a link stays, and leads to the new file. */
async function targetOf(path: unknown): Promise<string> {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    const message = `path must be the name of the file to write, not ${JSON.stringify(path)}.`;
    throw new FerrumError('InvalidParameter', message, { details: { parameter: 'path' } });
  }
  const existing = await stat(path).catch(() => undefined);
  if (existing && !existing.isFile()) {
    const kind = existing.isDirectory() ? 'a folder' : 'no regular file';
    throw new FerrumError('InvalidParameter', `${path} is ${kind}; give the name of a file.`, { details: { path } });
  }
  return realpath(path).catch(() => path);
}

function fail(path: string, cause: unknown): never {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const details = { path };
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const message = `${path} cannot be written: there is no folder ${dirname(path)}. Create it first.`;
    throw new FerrumError('NotFound', message, { cause, details });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    throw new FerrumError('PermissionDenied', `No permission to write ${path} (${code}).`, { cause, details });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  throw new FerrumError('IO', `${path} cannot be written: ${reason}.`, { cause, details });
}
