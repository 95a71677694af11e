import { relative, resolve } from 'node:path';

/**
 * A specifier of npm as it is to be given from another folder: what names a file or a folder gets an absolute path.
 * The forms are those that `npm install` takes.
 */
export function absoluteSpecifier(specifier: string, workingDirectory: string): string {
  const path = pathOf(specifier);
  return path === undefined ? specifier : resolve(workingDirectory, path);
}

/**
 * Which dependencies a specifier, made absolute, stands for: by name, or by the path or address that npm noted down.
 *
 * @param dependencies Of the package.json in `folder`, by name.
 */
export function dependenciesOf(
  specifier: string,
  dependencies: Readonly<Record<string, string>>,
  folder: string,
): readonly string[] {
  const [, name] = /^((?:@[^/@]+\/)?[^/@:]+)(?:@.*)?$/.exec(specifier) ?? [];
  if (name !== undefined && Object.hasOwn(dependencies, name)) return [name];
  return Object.entries(dependencies)
    .filter(([, noted]) =>
      noted.startsWith('file:') ? relative(resolve(folder, noted.slice(5)), specifier) === '' : noted === specifier,
    )
    .map(([dependency]) => dependency);
}

function pathOf(specifier: string): string | undefined {
  const text = specifier.replace(/^file:(?:\/\/(?=\/))?/, '');
  const isPath = text !== specifier || /^(?:\.{1,2}(?:$|[\\/])|[\\/]|[a-z]:[\\/])/i.test(text);
  // What has a protocol ("https:", "git+ssh:", "npm:") is an address, even where it ends like an archive.
  const isArchive = /\.(?:tgz|tar|tar\.gz)$/i.test(text) && !/^(?:@?[^/]+@)?[a-z][a-z+]+:/i.test(text);
  return isPath || isArchive ? text : undefined;
}
