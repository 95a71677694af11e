import type { ProgressListener } from '@ferrum/interfaces';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { ensureFreeSpace } from '../cache/disk-space.js';
import { fileSystemError } from '../cache/file-system-error.js';
import { withLock } from '../cache/lock.js';
import type { CatalogueFile } from '../catalogue/catalogue-entry.js';
import { downloadFile } from './download-file.js';
import { fileUrl, type HubFile, type HubListing, type HubSettings, hubStatusError, listRepository } from './hub-api.js';
import { HubCacheRepository } from './hub-cache.js';
import { selectHubFiles } from './hub-files.js';
import type { HubSnapshot, HubSnapshotFile } from './hub-snapshot.js';
import type { HubReference } from './reference.js';

export interface HubPull {
  readonly hub: HubSettings;
  readonly reference: HubReference;
  /** What the catalogue knows of the files. */
  readonly expected: readonly CatalogueFile[];
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
}

/**
 * Brings a repository's model files into the hub's cache; those already there are not downloaded again.
 * @throws FerrumError `NotFound`, `Auth`, `Network`, `InvalidFormat`, `Unsupported`, `ResourceExhausted`, `Cancelled` …
 */
export async function pullFromHub(pull: HubPull): Promise<HubSnapshot> {
  const { hub, reference, signal } = pull;
  const listing = await listRepository(hub, reference, signal);
  const names = selectHubFiles(
    reference.repository,
    listing.files.map((file) => file.name),
    reference.file,
  );
  const files = listing.files.filter((file) => names.includes(file.name));
  for (const file of files) checkAgainstCatalogue(file, pull.expected);
  const cached = new HubCacheRepository(hub.cache, reference.repository);
  const lock = { signal, what: `hf:${reference.repository}`, variable: 'HF_HOME' } as const;
  try {
    return await withLock(cached.lockPath, lock, (held) => fill({ ...pull, signal: held }, cached, listing, files));
  } catch (error) {
    throwIfAborted(signal, `The download of hf:${reference.repository}`);
    throw fileSystemError(error, cached.directory, `write the hub's cache ${cached.directory}`, 'HF_HOME');
  }
}

async function fill(
  pull: HubPull,
  cached: HubCacheRepository,
  { commit }: HubListing,
  files: readonly HubFile[],
): Promise<HubSnapshot> {
  const missing = new Set<string>();
  for (const { name, digest, sizeBytes } of files) {
    if (!(await cached.has(commit, name, digest.value, sizeBytes))) missing.add(name);
  }
  const total = sum(files.filter((file) => missing.has(file.name)));
  await ensureFreeSpace(cached.directory, total, 'HF_HOME');
  const pulled: HubSnapshotFile[] = [];
  let completed = 0;
  for (const file of files) {
    const downloaded = missing.has(file.name);
    if (downloaded) {
      await fetchBlob(pull, cached, commit, file, (bytes) =>
        pull.onProgress({ phase: 'download', label: file.name, unit: 'bytes', completed: completed + bytes, total }),
      );
      completed += file.sizeBytes;
    }
    await cached.link(commit, file.name, file.digest.value);
    const sha256 = file.digest.algorithm === 'sha256' ? { sha256: file.digest.value } : {};
    pulled.push({ name: file.name, sizeBytes: file.sizeBytes, ...sha256, downloaded });
  }
  await cached.writeRef(pull.reference.revision ?? 'main', commit);
  return { repository: pull.reference.repository, commit, directory: cached.snapshotDirectory(commit), files: pulled };
}

async function fetchBlob(
  { hub, reference, signal }: HubPull,
  cached: HubCacheRepository,
  commit: string,
  file: HubFile,
  onBytes: (completed: number) => void,
): Promise<void> {
  await downloadFile({
    url: fileUrl(hub, reference.repository, commit, file.name),
    token: hub.token,
    partialPath: cached.partialPath(file.digest.value),
    sizeBytes: file.sizeBytes,
    digest: file.digest,
    signal,
    variable: 'HF_HOME',
    onBytes,
    explainStatus: (status, headers) => hubStatusError(hub, reference, status, headers),
  });
  await cached.adopt(file.digest.value);
}

function checkAgainstCatalogue(file: HubFile, expected: readonly CatalogueFile[]): void {
  const known = expected.find((candidate) => candidate.name === file.name);
  if (known === undefined) return;
  const sameHash =
    known.sha256 === undefined || file.digest.algorithm !== 'sha256' || known.sha256 === file.digest.value;
  if (sameHash && known.sizeBytes === file.sizeBytes) return;
  throw new FerrumError(
    'InvalidFormat',
    `${file.name} on the hub is not the file that the catalogue knows (size or checksum differ).`,
    {
      details: { file: file.name },
    },
  );
}

function sum(files: readonly HubFile[]): number {
  return files.reduce((bytes, file) => bytes + file.sizeBytes, 0);
}
