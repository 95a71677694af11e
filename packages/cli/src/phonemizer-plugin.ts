import { readFile } from 'node:fs/promises';
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
    ...placesAbove(beside),
    join(clone, 'package.json'),
    // Only a folder's name counts here: the file need not be there.
    ...placesAbove(join(workingDirectory, 'package.json')),
  ];
  for (const path of places) {
    const manifest = await readManifest(path);
    if (manifest?.name === phonemizerPackage) return importPlugin(dirname(path), manifest);
  }
  return undefined;
}

interface Manifest {
  readonly name?: unknown;
  readonly ferrum?: { readonly plugin?: unknown };
}

/** The package's package.json in the nearest `node_modules` above a file; NODE_PATH is no place where somebody installed it. */
function placesAbove(from: string): string[] {
  const places: string[] = [];
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    places.push(join(folder, 'node_modules', phonemizerPackage, 'package.json'));
    if (folder === dirname(folder)) return places;
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
