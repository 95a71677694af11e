import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { getModuleVersion } from 'node-llama-cpp';
import type { Trial } from './trial-messages.js';

/** Files that were tried and are as they were then, in this process. */
const known = new Set<string>();

/** A file in a state, tried in a way: what was found of it stays true as long as this stays the same. */
export interface TriedFile {
  /** All of it, as text. */
  readonly state: string;
  /** Where it is remembered for later processes, in a host that has a place for that. */
  readonly record: string | undefined;
}

/** @param cacheDirectory of the host's store of models */
export async function identify({ file, use, options }: Trial, cacheDirectory: string | undefined): Promise<TriedFile> {
  const { gpu, gpuLayers, flashAttention } = options;
  const place = { file: await realpath(file), use, gpu, gpuLayers, flashAttention };
  const name = createHash('sha256').update(JSON.stringify(place)).digest('hex').slice(0, 32);
  const parts = await Promise.all((await partsOf(file)).map(stateOf));
  const state = JSON.stringify({ ...place, parts, nodeLlamaCpp: await getModuleVersion(), platform: process.platform });
  return { state, record: cacheDirectory && path.join(cacheDirectory, 'llama-cpp', 'opened', `${name}.json`) };
}

export async function isKnown({ state, record }: TriedFile): Promise<boolean> {
  if (known.has(state)) return true;
  const recorded = record && (await readFile(record, 'utf8').catch(() => undefined));
  if (recorded !== state) return false;
  known.add(state);
  return true;
}

export async function remember({ state, record }: TriedFile): Promise<void> {
  known.add(state);
  if (record === undefined) return;
  const written = `${record}.${process.pid}`;
  try {
    await mkdir(path.dirname(record), { recursive: true });
    await writeFile(written, state);
    await rename(written, record);
  } catch {
    // A folder that cannot be written to: the next process tries the file again.
  }
}

/** Of a model in several files all, else the one. */
async function partsOf(file: string): Promise<readonly string[]> {
  const series = /^(.*-)\d{5}(-of-\d{5}\.gguf)$/i.exec(path.basename(file));
  if (!series) return [file];
  const folder = path.dirname(file);
  const [, before = '', after = ''] = series;
  const names = (await readdir(folder)).filter((name) => name.startsWith(before) && name.endsWith(after));
  return names.sort().map((name) => path.join(folder, name));
}

async function stateOf(file: string): Promise<readonly string[]> {
  const { size, mtimeNs, ino } = await stat(file, { bigint: true });
  return [String(size), String(mtimeNs), String(ino)];
}
