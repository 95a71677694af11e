import { mkdir } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import type { TranscriptionFormat } from '@ferrum/audio';
import { FerrumError } from '@ferrum/registry/errors';
import type { AudioArgument } from './audio-arguments.js';
import { extensions } from './transcription-formats.js';

/** Where each format of one audio goes. */
export type OutputFiles = ReadonlyMap<TranscriptionFormat, string>;

/**
 * Paths for the formats of each audio: the audio's name with another ending, and a number before it where two audios would
 * share a path, or one would take that of an audio.
 */
export function planOutputFiles(
  audios: readonly AudioArgument[],
  formats: readonly TranscriptionFormat[],
  folder: string,
): readonly OutputFiles[] {
  const taken = new Set(audios.flatMap(({ path }) => (path === undefined ? [] : [identityOf(path)])));
  return audios.map(({ path }) => {
    const name = path === undefined ? 'stdin' : basename(path, extname(path));
    for (let number = 1; ; number++) {
      const stem = number === 1 ? name : `${name}-${number}`;
      const files = new Map(formats.map((format) => [format, join(folder, `${stem}${extensions[format]}`)]));
      const identities = [...files.values()].map(identityOf);
      if (identities.some((identity) => taken.has(identity))) continue;
      for (const identity of identities) taken.add(identity);
      return files;
    }
  });
}

/** @throws FerrumError `InvalidParameter` when the folder cannot be one; `IO` */
export async function openOutputFolder(folder: string, workingDirectory: string): Promise<string> {
  const path = resolve(workingDirectory, folder);
  await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'EEXIST' || code === 'ENOTDIR') {
      throw new FerrumError('InvalidParameter', `--output-dir ${folder} is no folder. Name one, or a new one.`, {
        cause,
      });
    }
    throw new FerrumError('IO', `--output-dir ${folder} cannot be made: ${String(code ?? cause)}.`, { cause });
  });
  return path;
}

/** Some file systems take upper and lower case, and composed and decomposed letters, for the same. */
function identityOf(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
