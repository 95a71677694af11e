import { cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { pluginFolder } from './plugin-folder.js';

export interface PluginChange {
  /** The folder of everything that Ferrum keeps. */
  readonly home: string;
  readonly signal: AbortSignal;
  /** Called once when another command changes the plugins at the moment. */
  readonly onWait: () => void;
}

/**
 * Changes the folder of plugins as a whole or not at all: `change` works on a copy, which takes the folder's place when it
 * ends well. Meanwhile other commands use what was there.
 *
 * @throws FerrumError `PermissionDenied`, `ResourceExhausted`, `IO`, `Cancelled`; or what `change` throws.
 */
export async function changePlugins<T>(
  { home, signal, onWait }: PluginChange,
  change: (copy: string, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const folder = pluginFolder(home);
  // Beside the folder and as deep, so that relative paths in package.json hold in all three.
  const [copy, previous] = [`${folder}.next`, `${folder}.previous`];
  await inFolder(home, () => mkdir(home, { recursive: true }));
  // Loaded here: other commands only read the folder.
  const { withLock } = await import('@ferrum/models');
  return withLock(`${folder}.lock`, { signal, onWait, what: 'the plugins', variable: 'FERRUM_HOME' }, async (held) => {
    try {
      await inFolder(folder, () => prepare(folder, copy, previous));
      const result = await change(copy, held);
      throwIfAborted(held, 'Changing the plugins');
      await inFolder(folder, () => replace(folder, copy, previous));
      return result;
    } finally {
      await rm(copy, { recursive: true, force: true }).catch(() => {});
    }
  });
}

/** The dependencies of the package.json in the folder, by name. @throws FerrumError `InvalidFormat`, `IO` */
export async function readDependencies(folder: string): Promise<Readonly<Record<string, string>>> {
  const { dependencies } = await readManifest(join(folder, 'package.json'));
  const entries = Object.entries(Object(dependencies)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries);
}

/** @throws FerrumError `InvalidFormat`, `IO` */
export async function readManifest(path: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await inFolder(path, () => readFile(path, 'utf8'));
  try {
    return Object(JSON.parse(text));
  } catch (cause) {
    throw new FerrumError(
      'InvalidFormat',
      `${path} is no JSON. Mend it, or delete its folder and add the plugins anew.`,
      {
        cause,
      },
    );
  }
}

async function prepare(folder: string, copy: string, previous: string): Promise<void> {
  await rm(copy, { recursive: true, force: true });
  // A command that was killed between two renamings left no folder; one that was killed after them, an old one.
  if (await exists(folder)) await rm(previous, { recursive: true, force: true });
  else if (await exists(previous)) await rename(previous, folder);
  if (await exists(folder)) {
    await cp(folder, copy, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  } else await mkdir(copy);
  // 'wx': only where there is none.
  await writeFile(join(copy, 'package.json'), firstManifest, { flag: 'wx' }).catch((error) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
}

const firstManifest = `${JSON.stringify(
  {
    name: '@ferrum/added-plugins',
    description: 'What "ferrum plugins add" installed.',
    private: true,
    dependencies: {},
  },
  null,
  2,
)}\n`;

async function replace(folder: string, copy: string, previous: string): Promise<void> {
  const isFirst = !(await exists(folder));
  if (!isFirst) await rename(folder, previous);
  try {
    await rename(copy, folder);
  } catch (error) {
    if (!isFirst) await rename(previous, folder);
    throw error;
  }
  await rm(previous, { recursive: true, force: true }).catch(() => {});
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function inFolder<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = codeOf(cause);
    const reason = reasons[code] ?? { code: 'IO', text: cause instanceof Error ? cause.message : String(cause) };
    throw new FerrumError(reason.code, `The plugins in ${path} cannot be changed: ${reason.text}.`, {
      cause,
      details: { path },
    });
  }
}

const notAllowed = {
  code: 'PermissionDenied',
  text: 'you may not write there; set FERRUM_HOME to a folder that you may write to',
} as const;
const full = { code: 'ResourceExhausted', text: 'the disk is full' } as const;
const reasons: Readonly<Record<string, typeof notAllowed | typeof full>> = {
  EACCES: notAllowed,
  EPERM: notAllowed,
  EROFS: notAllowed,
  ENOSPC: full,
  EDQUOT: full,
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
