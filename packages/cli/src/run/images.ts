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

/** What an engine says of an image of the question, about the file that it came from; other errors as they are. */
export function inWordsOfImages(
  error: unknown,
  { image: files = [] }: { readonly image?: readonly string[] },
): unknown {
  if (!FerrumError.isInstance(error)) return error;
  const { parameter } = error.details;
  // The images stand before the text, in the order of their flags.
  const place = /^messages[.[]\d+\]?\.content[.[](\d+)/.exec(String(parameter))?.[1];
  const file = place === undefined ? undefined : files[Number(place)];
  if (file === undefined) return error;
  const message = error.message.replace(/^Invalid request: /, '').replaceAll(`\`${parameter}\``, `--image ${file}`);
  return new FerrumError(error.code, message, { cause: error, details: error.details });
}

function unreadable(file: string, cause: unknown): FerrumError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  return wrong(file, fileReasons[code] ?? `it cannot be read (${code})`, cause);
}

function wrong(file: string, reason: string, cause?: unknown): FerrumError {
  return new FerrumError('InvalidParameter', `--image ${file}: ${reason}. Name an image file.`, { cause });
}
