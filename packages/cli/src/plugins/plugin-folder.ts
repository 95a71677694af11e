import { join } from 'node:path';

/**
 * Where added plugins live: a folder of npm whose dependencies are the plugins.
 *
 * @param home The folder of everything that Ferrum keeps.
 */
export function pluginFolder(home: string): string {
  return join(home, 'plugins');
}

export function pluginManifest(home: string): string {
  return join(pluginFolder(home), 'package.json');
}
