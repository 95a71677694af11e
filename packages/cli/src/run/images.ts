import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ImagePart } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { fileReasons } from './text-or-file.js';

/** More than any engine here takes. */
const mostBytes = 64 * 1024 * 1024;

/** The files of `--image`, in their order. @throws FerrumError `InvalidParameter` */
export async function readImages(
  { image: files = [] }: { readonly image?: readonly string[] },
  workingDirectory: string,
): Promise<readonly ImagePart[]> {
  return Promise.all(
    files.map(async (file): Promise<ImagePart> => {
      const path = resolve(workingDirectory, file);
      const { size, isFile } = await stat(path).then(
        (found) => ({ size: found.size, isFile: found.isFile() }),
        (cause) => Promise.reject(unreadable(file, cause)),
      );
      if (!isFile) throw wrong(file, 'it is no file');
      if (size > mostBytes) throw wrong(file, `it has ${size} bytes; the most are ${mostBytes}`);
      return { type: 'image', image: await readFile(path).catch((cause) => Promise.reject(unreadable(file, cause))) };
    }),
  );
}

function unreadable(file: string, cause: unknown): FerrumError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  return wrong(file, fileReasons[code] ?? `it cannot be read (${code})`, cause);
}

function wrong(file: string, reason: string, cause?: unknown): FerrumError {
  return new FerrumError('InvalidParameter', `--image ${file}: ${reason}. Name an image file.`, { cause });
}
