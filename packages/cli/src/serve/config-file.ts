import { access } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { checkSettings, type ServeConfig, serveConfigSchema } from '@ferrum/server';
import { configurationError } from './configuration-error.js';
import { readTextFile } from './read-text-file.js';

export interface ConfigFile {
  /** For messages. */
  readonly name: string;
  readonly config: ServeConfig;
}

export const configFileNames = [
  'ferrum.config.ts',
  'ferrum.config.mts',
  'ferrum.config.js',
  'ferrum.config.mjs',
  'ferrum.config.json',
] as const;

/**
 * @param named The file that was asked for; without it the one of `configFileNames` in the folder, if there is one.
 * @throws FerrumError `Config` naming file and field.
 */
export async function loadConfigFile(named: string | undefined, folder: string): Promise<ConfigFile | undefined> {
  const name = named ?? (await findConfigFile(folder));
  if (name === undefined) return undefined;
  const path = resolve(folder, name);
  const value = extname(name) === '.json' ? await readJson(path, name) : await importConfig(path, name);
  return { name, config: checkSettings(serveConfigSchema, value, name) };
}

async function findConfigFile(folder: string): Promise<string | undefined> {
  const isThere = await Promise.all(
    configFileNames.map((name) =>
      access(resolve(folder, name)).then(
        () => true,
        () => false,
      ),
    ),
  );
  const found = configFileNames.filter((_, index) => isThere[index]);
  if (found.length < 2) return found[0];
  throw configurationError(`There are ${found.join(' and ')} here. Keep one, or name one with --config.`);
}

async function readJson(path: string, name: string): Promise<unknown> {
  const text = await readTextFile(path, name);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw configurationError(`${name} is no JSON: ${reasonOf(cause)}.`, null, cause);
  }
}

/** TypeScript is transformed in memory; nothing is written to disk. */
async function importConfig(path: string, name: string): Promise<unknown> {
  if (!/\.[cm]?[jt]s$/.test(name)) {
    throw configurationError(
      `${basename(name)}: its ending stands for no kind of configuration. Use .ts, .mts, .js, .mjs or .json.`,
    );
  }
  // Asked first: the words of the loader for a missing file are long.
  await readTextFile(path, name);
  const [{ createJiti }, server] = await Promise.all([import('jiti'), import('@ferrum/server')]);
  const jiti = createJiti(path, {
    fsCache: false,
    interopDefault: false,
    // Where the command is installed globally, nothing leads from the file to the package.
    virtualModules: { '@ferrum/server': server },
  });
  let module: { readonly default?: unknown };
  try {
    module = await jiti.import(path);
  } catch (cause) {
    throw configurationError(`${name} cannot be loaded: ${reasonOf(cause)}.`, null, cause);
  }
  const { default: config } = module;
  if (typeof config === 'object' && config !== null) return config;
  const found = config === undefined ? 'it has none' : `it is a ${typeof config}`;
  throw configurationError(
    `${name}: the default export must be an object, but ${found}. Write: export default defineConfig({ … }).`,
  );
}

function reasonOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '');
}
