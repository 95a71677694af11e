import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { LocalModel } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { errorCode } from '../cache/file-system-error.js';
import type { SizedFile } from '../cache/sized-file.js';
import { companionsIn, isInModule } from '../sources/companion-files.js';
import { speechCompanionsIn } from '../sources/speech-files.js';
import { fileError, inspectPath } from '../weights/source-file.js';
import { inspectFiles } from './inspect-files.js';

/**
 * A model that lies on the user's own disk; it is used where it is. Of a folder every file counts, down to the folders
 * in it; of a file, what belongs to it and lies beside it.
 * @throws FerrumError `NotFound` for an empty folder, `PermissionDenied` for one that may not be read; see `inspectFiles`.
 */
export async function openLocalPath(reference: string, path: string, isFolder: boolean): Promise<LocalModel> {
  const { directory, files } = isFolder
    ? { directory: path, files: await folderFiles(path) }
    : await companionsOf(path);
  if (files.length === 0) throw new FerrumError('NotFound', `There are no files in ${path}.`, { details: { path } });
  const names = files.map(({ name }) => name);
  const facts = await inspectFiles(directory, names);
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return {
    manifest: { reference, ...facts, sizeBytes },
    directory,
    files: Object.fromEntries(names.map((name) => [name, join(directory, name)])),
  };
}

async function folderFiles(directory: string): Promise<readonly SizedFile[]> {
  const files: SizedFile[] = [];
  for (const { name, isFolder, sizeBytes } of await readFolder(directory)) {
    if (isFolder) files.push(...(await filesIn(directory, name)));
    else files.push({ name, sizeBytes });
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface FolderFiles {
  readonly directory: string;
  /** Named from there. */
  readonly files: readonly SizedFile[];
}

async function companionsOf(path: string): Promise<FolderFiles> {
  const sizeBytes = (await inspectPath(path)).size;
  if (/\.gguf$/i.test(path)) return { directory: dirname(path), files: [{ name: basename(path), sizeBytes }] };
  const directory = await modelFolderOf(path);
  const name = relative(directory, path).replaceAll(sep, '/');
  const beside = await filesBeside(directory);
  const names = beside.map((companion) => companion.name);
  const companions = [...companionsIn(names), ...(isOnnx(name) ? speechCompanionsIn(names, name) : [])];
  const files = beside.filter((other) => other.name !== name && companions.includes(other.name));
  return { directory, files: [...files, { name, sizeBytes }] };
}

/** The folder of the file, or that above it: copies of the hub's folders have their graphs in `onnx`, and the rest beside it. */
async function modelFolderOf(path: string): Promise<string> {
  const folder = dirname(path);
  if (!isOnnx(path) || basename(folder) !== 'onnx') return folder;
  const parent = dirname(folder);
  const find = (...parts: string[]) => stat(join(...parts)).catch(() => undefined);
  const hasVoices = (await find(parent, voicesFolder))?.isDirectory() ?? false;
  const isSplit = !(await find(folder, 'config.json')) && ((await find(parent, 'config.json'))?.isFile() ?? false);
  return hasVoices || isSplit ? parent : folder;
}

const voicesFolder = 'voices';

function isOnnx(name: string): boolean {
  return /\.onnx$/i.test(name);
}

/** Files of the folder and of the modules and voices in it: what else lies there is not a model's. */
async function filesBeside(directory: string): Promise<readonly SizedFile[]> {
  const entries = await readFolder(directory);
  const hasModules = entries.some((entry) => entry.name === 'modules.json');
  const folders = entries.filter(
    ({ name, isFolder }) => isFolder && (name === voicesFolder || (hasModules && isInModule(`${name}/`))),
  );
  const inner = await Promise.all(folders.map((folder) => filesIn(directory, folder.name)));
  return [...entries.filter((entry) => !entry.isFolder), ...inner.flat()].map(({ name, sizeBytes }) => ({
    name,
    sizeBytes,
  }));
}

async function filesIn(directory: string, folder: string): Promise<readonly SizedFile[]> {
  const entries = await readFolder(join(directory, folder));
  return entries.flatMap(({ name, isFolder, sizeBytes }) =>
    isFolder ? [] : [{ name: `${folder}/${name}`, sizeBytes }],
  );
}

interface FolderEntry extends SizedFile {
  readonly isFolder: boolean;
}

/** Files and folders, and links to either; a link that leads nowhere is none of the model's. */
async function readFolder(directory: string): Promise<readonly FolderEntry[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    throw fileError(directory, error);
  });
  const visible = names.filter((name) => !name.startsWith('.'));
  return (await Promise.all(visible.map((name) => readEntry(directory, name)))).flatMap((entry) => entry ?? []);
}

async function readEntry(directory: string, name: string): Promise<FolderEntry | undefined> {
  const path = join(directory, name);
  try {
    // `stat` and not the entry's type: a model's files are often links.
    const found = await stat(path);
    if (!found.isFile() && !found.isDirectory()) return undefined;
    return { name, isFolder: found.isDirectory(), sizeBytes: found.size };
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ELOOP') return undefined;
    throw fileError(path, error);
  }
}
