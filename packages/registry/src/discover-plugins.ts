import { readFile, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Plugin } from '@ferrum/interfaces';
import { withinTime } from './concurrency/within-time.js';
import { assertPlugin, kindOf } from './define-plugin.js';
import { FerrumError } from './errors.js';
import { messageOf } from './message-of.js';
import { pluginError } from './plugin-error.js';
import { syntaxErrorOf } from './syntax-error-of.js';
import { assertTimeLimit } from './time-limits.js';

export interface DiscoverPluginsOptions {
  /** The application's package.json or its folder, as a path or a `file:` URL, e.g. `new URL('..', import.meta.url)`. */
  readonly from: string | URL;
  /** Says whether a dependency may be looked at at all. Default: every one. */
  readonly include?: (packageName: string) => boolean;
  /** For the import of one plugin, in ms; Infinity: for ever. Default 30 seconds. */
  readonly importTimeoutMs?: number;
}

export interface DiscoveredPlugins {
  /** In the order of the application's package.json. */
  readonly plugins: readonly Plugin[];
  readonly failures: readonly PluginDiscoveryFailure[];
}

export interface PluginDiscoveryFailure {
  readonly package: string;
  readonly error: FerrumError;
}

/**
 * Imports the plugins among an application's direct dependencies: packages whose package.json says
 * `"ferrum": { "plugin": "./dist/plugin.js" }`, a file of the package that exports `plugin`. What fails is reported by
 * package and does not keep the others from being found. An optional dependency that is not installed is no failure.
 * @throws FerrumError `NotFound`, `InvalidFormat` for the application's own package.json, `Config` for an option out of range.
 */
export async function discoverPlugins(options: DiscoverPluginsOptions): Promise<DiscoveredPlugins> {
  const { from, include, importTimeoutMs = defaultImportTimeoutMs } = options;
  assertTimeLimit(importTimeoutMs, 'discoverPlugins(): importTimeoutMs');
  const manifestPath = applicationManifest(from);
  const application = await readManifest(manifestPath);
  if (application === undefined) {
    throw new FerrumError(
      'NotFound',
      `discoverPlugins(): there is no ${manifestPath}; from names a package.json or its folder.`,
    );
  }
  const optional = dependencyNames(application, 'optionalDependencies');
  // npm repeats optional dependencies under dependencies; they stay optional.
  const names = new Set([...dependencyNames(application, 'dependencies'), ...optional]);
  const start = await realpath(dirname(manifestPath));

  const plugins: Plugin[] = [];
  const failures: PluginDiscoveryFailure[] = [];
  for (const name of names) {
    if (include?.(name) === false) continue;
    try {
      const plugin = await loadPlugin({ name, start, optional: optional.includes(name), importTimeoutMs });
      if (plugin !== undefined) plugins.push(plugin);
    } catch (thrown) {
      failures.push({ package: name, error: pluginError(thrown, name, 'failed to load') });
    }
  }
  return { plugins, failures };
}

const defaultImportTimeoutMs = 30_000;

interface LoadInputs {
  readonly name: string;
  /** The folder of the application. */
  readonly start: string;
  /** Whether it may be missing. */
  readonly optional: boolean;
  readonly importTimeoutMs: number;
}

async function loadPlugin({ name, start, optional, importTimeoutMs }: LoadInputs): Promise<Plugin | undefined> {
  // The name becomes part of a path.
  if (!/^(@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*$/.test(name)) {
    throw new FerrumError('InvalidFormat', `${kindOf(name)} is not the name of a package.`);
  }
  const found = await findPackage(name, start);
  if (found === undefined) {
    if (optional) return undefined;
    throw new FerrumError('NotFound', `Package ${name} is not installed; install the application's dependencies.`);
  }
  const { ferrum } = found.manifest;
  if (!isRecord(ferrum) || ferrum.plugin === undefined) return undefined;
  const file = await fileInside(found.folder, ferrum.plugin, name);
  const late = (): FerrumError => {
    const message = `Plugin file ${file} of ${name} was still loading after ${importTimeoutMs} ms. If it needs longer, give discoverPlugins() a larger importTimeoutMs.`;
    return new FerrumError('Timeout', message, { details: { plugin: name, importTimeoutMs } });
  };
  const importing: Promise<{ readonly plugin?: unknown }> = import(pathToFileURL(file).href);
  const { plugin } = await withinTime(importing, importTimeoutMs, late).catch(async (thrown: unknown) => {
    throw (await syntaxErrorOf(thrown, { file, folder: found.folder, name })) ?? thrown;
  });
  assertPlugin(plugin, `The export "plugin" of package ${name}`);
  if (plugin.name !== found.manifest.name) {
    const message = `Package ${name} exports a plugin named ${plugin.name}; a plugin bears the name of its package.`;
    throw new FerrumError('Config', message);
  }
  return plugin;
}

/** Looks for the package in node_modules of the folder and of those above it, as Node does. */
async function findPackage(name: string, start: string): Promise<InstalledPackage | undefined> {
  for (let folder = start; ; folder = dirname(folder)) {
    if (basename(folder) !== 'node_modules') {
      const candidate = join(folder, 'node_modules', name);
      const manifest = await readManifest(join(candidate, 'package.json'));
      // pnpm links packages into node_modules; the link's target is the package.
      if (manifest !== undefined) return { folder: await realpath(candidate), manifest };
    }
    if (folder === dirname(folder)) return undefined;
  }
}

/** @throws FerrumError `PermissionDenied` when the file lies outside the folder, links followed; `NotFound`. */
async function fileInside(folder: string, path: unknown, name: string): Promise<string> {
  if (typeof path !== 'string') {
    const message = `In package.json of ${name}, ferrum.plugin must be a relative path, not ${kindOf(path)}.`;
    throw new FerrumError('InvalidFormat', message);
  }
  const outside = new FerrumError('PermissionDenied', `Plugin file ${path} of ${name} lies outside its package.`);
  const file = resolve(folder, path);
  if (!isInside(folder, file)) throw outside;
  const target = await realpath(file).catch((cause: unknown) => {
    throw new FerrumError('NotFound', `Plugin file ${path} of ${name} does not exist.`, { cause });
  });
  if (!isInside(folder, target)) throw outside;
  return target;
}

function isInside(folder: string, file: string): boolean {
  const path = relative(folder, file);
  return path !== '' && path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}

interface InstalledPackage {
  readonly folder: string;
  readonly manifest: Manifest;
}

type Manifest = Readonly<Record<string, unknown>>;

/** Undefined when the file does not exist. @throws FerrumError `InvalidFormat`, `IO`. */
async function readManifest(path: string): Promise<Manifest | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const { code }: { code?: unknown } = cause ?? {};
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new FerrumError('IO', `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (cause) {
    throw new FerrumError('InvalidFormat', `${path} is not JSON: ${messageOf(cause)}`, { cause });
  }
  if (isRecord(manifest)) return manifest;
  throw new FerrumError('InvalidFormat', `${path} is not a JSON object.`);
}

function applicationManifest(from: string | URL): string {
  const path = typeof from === 'string' && !from.startsWith('file:') ? from : fileURLToPath(from);
  return basename(path) === 'package.json' ? resolve(path) : resolve(path, 'package.json');
}

function dependencyNames(manifest: Manifest, field: string): readonly string[] {
  const dependencies = manifest[field];
  return isRecord(dependencies) ? Object.keys(dependencies) : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
