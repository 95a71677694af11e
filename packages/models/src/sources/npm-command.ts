import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/**
 * How the user's npm is started without a shell, which would take what stands in a package's name for its own: a program
 * and its first arguments. On Windows npm is a .cmd file, which only a shell runs; the script it stands for needs none.
 * https://nodejs.org/en/blog/vulnerability/april-2024-security-releases-2
 */
export function npmCommand(environment: Readonly<Record<string, string | undefined>>): readonly [string, ...string[]] {
  if (process.platform !== 'win32') return ['npm'];
  const path = environment.PATH ?? environment.Path ?? '';
  const script = [...path.split(delimiter), dirname(process.execPath)]
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js'))
    .find((candidate) => existsSync(candidate));
  return script === undefined ? ['npm'] : [process.execPath, script];
}
