import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';

export interface TextOrFile {
  /** For messages. */
  readonly flag: string;
  readonly value: string;
  /** Whether the value is the text itself. */
  readonly isText: (value: string) => boolean;
  /** What such a text looks like, for messages. */
  readonly example: string;
  readonly workingDirectory: string;
}

/** The value of a flag that is a text, or the name of a file with it. @throws FerrumError `InvalidParameter` */
export async function readTextOrFile(given: TextOrFile): Promise<string> {
  const { flag, value, isText, example, workingDirectory } = given;
  if (isText(value)) return value;
  try {
    // Editors on Windows put a mark before the first character.
    return (await readFile(resolve(workingDirectory, value), 'utf8')).replace(/^\uFEFF/, '');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const reason = fileReasons[code] ?? `it cannot be read (${code})`;
    throw new FerrumError(
      'InvalidParameter',
      `${flag} ${value}: ${reason}. Name a file, or write it on the command line: ${example}.`,
      { cause },
    );
  }
}

/** @throws FerrumError `InvalidParameter` for what is no JSON. */
export async function readJsonOrFile(given: Omit<TextOrFile, 'isText'>): Promise<unknown> {
  const text = await readTextOrFile({ ...given, isText: (value) => /^\s*[[{]/.test(value) });
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FerrumError('InvalidParameter', `${given.flag} is no JSON: ${reason}.`, { cause });
  }
}

/** Why a file cannot be read, by the code of the system's error. */
export const fileReasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'that is a folder',
  EACCES: 'it may not be read',
  ENAMETOOLONG: 'there is no such file',
};
