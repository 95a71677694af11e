import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import { errorCode } from '../cache/file-system-error.js';
import { findCatalogueEntry, nearestNames } from '../catalogue/catalogue.js';
import type { CatalogueEntry } from '../catalogue/catalogue-entry.js';
import {
  formatReference,
  type HubReference,
  type PackageReference,
  parseReference,
  type UrlReference,
} from '../sources/reference.js';
import { fileError } from '../weights/source-file.js';

/** What a reference stands for, once the catalogue and the disk have been asked. */
export type ResolvedReference =
  | PulledReference
  | { readonly kind: 'path'; readonly path: string; readonly isFolder: boolean };

/** One that has to be pulled; `key` names it in the store. */
export type PulledReference =
  | { readonly kind: 'entry'; readonly key: string; readonly entry: CatalogueEntry }
  | { readonly kind: 'source'; readonly key: string; readonly source: HubReference | PackageReference | UrlReference };

/** @throws FerrumError `NotFound` for an unknown name (with the nearest ones) or a path that does not exist. */
export async function resolveReference(text: string, entries: readonly CatalogueEntry[]): Promise<ResolvedReference> {
  const reference = parseReference(text);
  switch (reference.kind) {
    case 'name': {
      const entry = findCatalogueEntry(entries, reference.name);
      if (entry !== undefined) return { kind: 'entry', key: entry.name, entry };
      const local = await localPath(reference.name).catch(() => undefined);
      if (local !== undefined) return local;
      throw unknownName(reference.name, entries);
    }
    case 'path': {
      const local = await localPath(reference.path);
      if (local === undefined) throw missingPath(reference.path);
      return local;
    }
    default:
      return { kind: 'source', key: formatReference(reference), source: reference };
  }
}

async function localPath(path: string): Promise<ResolvedReference | undefined> {
  try {
    const found = await stat(path);
    return { kind: 'path', path: resolve(path), isFolder: found.isDirectory() };
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw fileError(resolve(path), error);
  }
}

function unknownName(name: string, entries: readonly CatalogueEntry[]): FerrumError {
  const nearest = nearestNames(entries, name);
  const hint =
    nearest.length > 0 ? `Did you mean ${nearest.join(' or ')}? ` : '"ferrum list --available" shows what has a name. ';
  return new FerrumError(
    'NotFound',
    `There is no model named "${name}". ${hint}A model can also be given as a source (hf:owner/name) or as a path.`,
    { details: { name, nearest: [...nearest] } },
  );
}

function missingPath(path: string): FerrumError {
  const isHubLike = /^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(path);
  const hint = isHubLike ? ` For the model of that name on the hub, write hf:${path}.` : '';
  return new FerrumError('NotFound', `There is no file or folder ${resolve(path)}.${hint}`, { details: { path } });
}
