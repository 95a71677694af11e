import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FerrumError } from '@ferrum/registry/errors';
import { isSafeRelativePath } from './safe-path.js';

/** Where a model is, as a user or the catalogue writes it. */
export type ModelReference = NameReference | HubReference | PackageReference | UrlReference | PathReference;

/** A name for the catalogue to look up, e.g. `smollm2:135m`. */
export interface NameReference {
  readonly kind: 'name';
  readonly name: string;
}

/** `hf:owner/name[@revision][:file]`. */
export interface HubReference {
  readonly kind: 'hf';
  readonly repository: string;
  /** A branch, tag or commit; the hub's `main` when absent. */
  readonly revision?: string;
  /** One file of the repository; when absent, those that make up the model. */
  readonly file?: string;
}

/** `npm:name[@version]/path` or `pypi:name[@version]/path`; a path that ends in `/` means every file below it. */
export interface PackageReference {
  readonly kind: 'npm' | 'pypi';
  readonly name: string;
  readonly version?: string;
  /** Inside the package (npm: below its root folder). */
  readonly path: string;
}

export interface UrlReference {
  readonly kind: 'https';
  readonly url: string;
}

export interface PathReference {
  readonly kind: 'path';
  readonly path: string;
}

/**
 * Reads a model reference without looking at the disk or the network.
 * @throws FerrumError `InvalidParameter` that shows the form expected.
 */
export function parseReference(text: string): ModelReference {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.includes('\0')) throw invalid(text, 'give a model name, a source or a path');
  const scheme = /^([a-z]+):/i.exec(trimmed)?.[1]?.toLowerCase();
  const rest = trimmed.slice((scheme?.length ?? 0) + 1);
  switch (scheme) {
    case 'hf':
      return parseHub(text, rest);
    case 'npm':
    case 'pypi':
      return parsePackage(text, scheme, rest);
    case 'https':
    case 'http':
      return parseUrl(text, trimmed);
    case 'file':
      return parseFileUrl(text, trimmed);
    default:
      return looksLikePath(trimmed) ? { kind: 'path', path: trimmed } : parseName(text, trimmed);
  }
}

/** Writes a reference so that `parseReference` reads it back. */
export function formatReference(reference: ModelReference): string {
  switch (reference.kind) {
    case 'name':
      return reference.name;
    case 'hf':
      return `hf:${reference.repository}${prefixed('@', reference.revision)}${prefixed(':', reference.file)}`;
    case 'npm':
    case 'pypi':
      return `${reference.kind}:${reference.name}${prefixed('@', reference.version)}/${reference.path}`;
    case 'https':
      return reference.url;
    case 'path':
      return reference.path;
  }
}

/** The name that a single file gets in the model, e.g. `model.gguf`. */
export function fileNameOf(reference: PackageReference | UrlReference): string {
  if (reference.kind !== 'https') return basename(reference.path);
  return decodeURIComponent(basename(new URL(reference.url).pathname));
}

function parseHub(text: string, rest: string): HubReference {
  const match = /^((?:[\w-][\w.-]*\/)?[\w-][\w.-]*)(?:@([\w.][\w./-]*))?(?::(.+))?$/.exec(rest);
  const [, repository, revision, file] = match ?? [];
  const bad =
    repository === undefined || `/${repository}/${revision ?? ''}/`.includes('/../') || repository.includes('--');
  if (
    bad ||
    (file !== undefined && !isSafeRelativePath(file)) ||
    (revision !== undefined && !isSafeRelativePath(revision))
  ) {
    throw invalid(text, 'a hub reference is hf:owner/name[@revision][:file]');
  }
  return {
    kind: 'hf',
    repository,
    ...(revision === undefined ? {} : { revision }),
    ...(file === undefined ? {} : { file }),
  };
}

/** Names and versions are checked so strictly because they become arguments of npm and pip. */
const packagePatterns = {
  npm: /^((?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*)(?:@([0-9A-Za-z][0-9A-Za-z.+-]*))?\/(.+)$/,
  pypi: /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:@([0-9][0-9A-Za-z.!+-]*))?\/(.+)$/,
} as const;

function parsePackage(text: string, kind: 'npm' | 'pypi', rest: string): PackageReference {
  const [, name, version, path] = packagePatterns[kind].exec(rest) ?? [];
  if (name === undefined || path === undefined || !isSafeRelativePath(path.replace(/\/$/, ''))) {
    throw invalid(text, `a package reference is ${kind}:name[@version]/path/in/package (a folder's path ends in /)`);
  }
  return { kind, name, ...(version === undefined ? {} : { version }), path };
}

function parseUrl(text: string, trimmed: string): UrlReference {
  const reference = { kind: 'https', url: URL.canParse(trimmed) ? new URL(trimmed).href : '' } as const;
  if (reference.url === '') throw invalid(text, 'that is not a URL');
  const { protocol, hostname, username } = new URL(reference.url);
  const local = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
  if (protocol !== 'https:' && !local) throw invalid(text, 'only https: is downloaded, as http: can be tampered with');
  if (username !== '') throw invalid(text, 'a URL must not carry a user name or password');
  let name = '';
  try {
    name = fileNameOf(reference);
  } catch {
    // A malformed percent sequence leaves the name empty.
  }
  if (!isSafeRelativePath(name)) throw invalid(text, 'the URL must end in the name of a file');
  return reference;
}

function parseFileUrl(text: string, trimmed: string): PathReference {
  try {
    return { kind: 'path', path: fileURLToPath(trimmed) };
  } catch (cause) {
    throw invalid(text, 'that is not the URL of a local file', cause);
  }
}

function looksLikePath(text: string): boolean {
  return /[\\/]/.test(text) || /^[.~]/.test(text) || /\.(gguf|onnx|safetensors|bin)$/i.test(text);
}

function parseName(text: string, trimmed: string): NameReference {
  if (!/^[a-z0-9][a-z0-9._-]*(?::[a-z0-9][a-z0-9._-]*)?$/i.test(trimmed)) {
    throw invalid(text, 'a model is a name like smollm2:135m, a source (hf:, npm:, pypi:, https:) or a path');
  }
  return { kind: 'name', name: trimmed };
}

function prefixed(mark: string, value: string | undefined): string {
  return value === undefined ? '' : `${mark}${value}`;
}

function invalid(text: string, advice: string, cause?: unknown): FerrumError {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return new FerrumError('InvalidParameter', `Cannot read the model reference "${shown}": ${advice}.`, {
    ...(cause === undefined ? {} : { cause }),
    details: { reference: shown },
  });
}
