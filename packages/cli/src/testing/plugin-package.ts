import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface PluginPackage {
  readonly name: string;
  readonly version?: string;
  readonly license?: unknown;
  /** Of its module. Default: a plugin with an engine for `text-generation` that opens everything. */
  readonly source?: string;
  /** What stands under "ferrum" in package.json. */
  readonly ferrum?: unknown;
}

/** Writes a package that needs no other. @returns Its folder. */
export async function writePluginPackage(
  parent: string,
  {
    name,
    version = '1.2.3',
    license = 'MIT',
    source = pluginSource(name),
    ferrum = { plugin: './plugin.js' },
  }: PluginPackage,
): Promise<string> {
  const folder = join(parent, name);
  await mkdir(folder, { recursive: true });
  const manifest = { name, version, license, type: 'module', ferrum };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'plugin.js'), source);
  return folder;
}

export function pluginSource(name: string, register = registering(name)): string {
  return `export const plugin = { specificationVersion: '1', name: '${name}', version: '1.2.3', ${register} };`;
}

function registering(name: string): string {
  return `register(registry) {
    registry.register({
      specificationVersion: '1', id: '${name}/toy', capability: 'text-generation', features: ['streaming'], device: 'cpu',
      match: () => ({ score: 60, reason: 'opens everything' }),
      create: async () => { throw new Error('it is a toy'); },
    });
  }`;
}

/** Packages as npm would have installed them in a folder. */
export async function installPluginPackages(folder: string, packages: readonly PluginPackage[]): Promise<void> {
  for (const each of packages) await writePluginPackage(join(folder, 'node_modules'), each);
  const dependencies = Object.fromEntries(packages.map(({ name }) => [name, '*']));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
}
