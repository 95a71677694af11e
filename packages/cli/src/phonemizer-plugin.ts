import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Plugin } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

/** Turns text into phonemes. Its licence (GPL) keeps it out of the command's own dependencies. */
export const phonemizerPackage = '@ferrum/plugin-espeak';

export interface PhonemizerSearch {
  /** Where the command was started. */
  readonly workingDirectory: string;
  /** A file of the command. Default: this one. */
  readonly beside?: string;
  /** Where a clone of the repository has the package. Default: as seen from this file. */
  readonly clone?: string;
}

/**
 * The phonemizer, where somebody has installed it: beside the command (`npm install --global`), in a clone of the
 * repository, or for the folder that the command was started in. Undefined when it is nowhere.
 *
 * @throws FerrumError `Config` when it is there and does not work.
 */
export async function loadPhonemizerPlugin({
  workingDirectory,
  beside = fileURLToPath(import.meta.url),
  clone = fileURLToPath(new URL('../../../plugins/espeak/', import.meta.url)),
}: PhonemizerSearch): Promise<Plugin | undefined> {
  const places = [
    resolvePackage(beside),
    join(clone, 'package.json'),
    // Only a folder's name counts here: the file need not be there.
    resolvePackage(join(workingDirectory, 'package.json')),
  ];
  for (const path of places) {
    const manifest = path === undefined ? undefined : await readManifest(path);
    if (path !== undefined && manifest?.name === phonemizerPackage) return importPlugin(dirname(path), manifest);
  }
  return undefined;
}

interface Manifest {
  readonly name?: unknown;
  readonly ferrum?: { readonly plugin?: unknown };
}

/** The package's package.json, as Node finds it from a file. */
function resolvePackage(from: string): string | undefined {
  try {
    return createRequire(from).resolve(`${phonemizerPackage}/package.json`);
  } catch {
    return undefined;
  }
}

async function readManifest(path: string): Promise<Manifest | undefined> {
  return readFile(path, 'utf8')
    .then((text) => JSON.parse(text))
    .catch(() => undefined);
}

async function importPlugin(folder: string, { ferrum }: Manifest): Promise<Plugin> {
  const file = join(folder, typeof ferrum?.plugin === 'string' ? ferrum.plugin : 'dist/plugin.js');
  try {
    const { plugin }: { readonly plugin?: Plugin } = await import(pathToFileURL(file).href);
    if (plugin === undefined) throw new Error(`${file} exports no plugin`);
    return plugin;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FerrumError(
      'Config',
      `${phonemizerPackage} in ${folder} does not work: ${reason.replace(/\.$/, '')}. Install it anew, or build it with "npm run build" in a clone of the repository.`,
      { cause, details: { plugin: phonemizerPackage } },
    );
  }
}
