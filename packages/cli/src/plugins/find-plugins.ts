import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import { phonemizerPackage } from '../phonemizer-plugin.js';
import { asError } from './as-error.js';
import { pluginManifest } from './plugin-folder.js';
import {
  type FoundPlugin,
  type FoundPlugins,
  type PluginSource,
  pluginSourceNames,
  type SkippedPlugin,
} from './plugin-source.js';

export interface PluginSearch {
  /** The folder of everything that Ferrum keeps. */
  readonly home: string;
  /** Whether the phonemizer is looked for beside the command and around the working folder. */
  readonly phonemizer: boolean;
}

/**
 * Loads the plugins of the command: those built in, those added with `ferrum plugins add`, those that `FERRUM_PLUGINS`
 * names, and last the phonemizer, unless one of them is it. Of two with the same name the first counts. Never fails: what
 * cannot be loaded is skipped.
 */
export async function findPlugins(context: CommandContext, { home, phonemizer }: PluginSearch): Promise<FoundPlugins> {
  const found = joined(await Promise.all([builtInPlugins(context), addedPlugins(home), namedPlugins(context)]));
  const isThere = [...found.plugins.map(({ plugin }) => plugin), ...found.skipped].some(
    ({ name }) => name === phonemizerPackage,
  );
  return phonemizer && !isThere ? joined([found, await phonemizerPlugin(context)]) : found;
}

function joined(places: readonly FoundPlugins[]): FoundPlugins {
  const first = new Map<string, FoundPlugin>();
  const skipped: SkippedPlugin[] = places.flatMap((place) => place.skipped);
  for (const found of places.flatMap(({ plugins }) => plugins)) {
    const { name } = found.plugin;
    const other = first.get(name);
    if (other === undefined) first.set(name, found);
    else skipped.push({ name, source: found.source, error: duplicateError(found, other) });
  }
  return { plugins: [...first.values()], skipped };
}

function duplicateError({ plugin, source }: FoundPlugin, other: FoundPlugin): FerrumError {
  const used = `${plugin.name} ${other.plugin.version}`;
  const message =
    source === 'added'
      ? `${used} is ${pluginSourceNames[other.source]}, and that one is used. "ferrum plugins remove ${plugin.name}" takes the other away.`
      : `${used} is ${pluginSourceNames[other.source]} already, and that one is used. Take it out of FERRUM_PLUGINS.`;
  return new FerrumError('AlreadyExists', message, { details: { plugin: plugin.name } });
}

async function builtInPlugins({ environment }: CommandContext): Promise<FoundPlugins> {
  const { plugins, failures } = await environment.loadPlugins();
  return foundIn('built-in', plugins, failures);
}

async function addedPlugins(home: string): Promise<FoundPlugins> {
  const from = pluginManifest(home);
  const isThere = await access(from).then(
    () => true,
    () => false,
  );
  if (!isThere) return { plugins: [], skipped: [] };
  const { discoverPlugins } = await import('@ferrum/registry');
  try {
    const { plugins, failures } = await discoverPlugins({ from });
    return foundIn('added', plugins, failures);
  } catch (error) {
    return { plugins: [], skipped: [{ name: from, source: 'added', error: asError(error) }] };
  }
}

/** They are among the dependencies of the folder that the command was started in. */
async function namedPlugins({ environment }: CommandContext): Promise<FoundPlugins> {
  const names = (environment.variables.FERRUM_PLUGINS ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  if (names.length === 0) return { plugins: [], skipped: [] };
  const { discoverPlugins } = await import('@ferrum/registry');
  const folder = environment.workingDirectory();
  const missing = (name: string, cause?: unknown): SkippedPlugin => ({
    name,
    source: 'environment',
    error: new FerrumError(
      'Config',
      `FERRUM_PLUGINS names ${name}, which is no plugin among the dependencies in ${folder}. Install it there with npm, or take it out of FERRUM_PLUGINS.`,
      { cause, details: { plugin: name } },
    ),
  });
  try {
    const { plugins, failures } = await discoverPlugins({
      from: join(folder, 'package.json'),
      include: (name) => names.includes(name),
    });
    const loaded = new Set([...plugins.map(({ name }) => name), ...failures.map((failure) => failure.package)]);
    const found = foundIn('environment', plugins, failures);
    const others = names.filter((name) => !loaded.has(name)).map((name) => missing(name));
    return { plugins: found.plugins, skipped: [...found.skipped, ...others] };
  } catch (error) {
    // The folder has no package.json, or one that cannot be read.
    return { plugins: [], skipped: names.map((name) => missing(name, error)) };
  }
}

async function phonemizerPlugin({ environment }: CommandContext): Promise<FoundPlugins> {
  try {
    const plugin = await environment.loadPhonemizer();
    return foundIn('built-in', plugin === undefined ? [] : [plugin], []);
  } catch (error) {
    return { plugins: [], skipped: [{ name: phonemizerPackage, source: 'built-in', error: asError(error) }] };
  }
}

function foundIn(
  source: PluginSource,
  plugins: readonly Plugin[],
  failures: readonly { readonly package: string; readonly error: Error }[],
): FoundPlugins {
  return {
    plugins: plugins.map((plugin) => ({ plugin, source })),
    skipped: failures.map((failure) => ({ name: failure.package, source, error: failure.error })),
  };
}
