import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { describeIssue, wholeNumber } from '../shape.js';
import type { Digest } from './digest.js';
import { httpGet, readText, transientError } from './http-request.js';
import type { HubReference } from './reference.js';
import { retryTransient } from './retry.js';
import { isSafeRelativePath } from './safe-path.js';

/** Which hub to ask, and as whom. */
export interface HubSettings {
  /** Without a trailing slash, e.g. `https://huggingface.co`. */
  readonly endpoint: string;
  readonly token?: string | undefined;
  /** The folder that holds `models--owner--name`. */
  readonly cache: string;
}

/** A repository at one commit. */
export interface HubListing {
  readonly commit: string;
  readonly files: readonly HubFile[];
}

export interface HubFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** The hub's object id: SHA-256 for large files, git's SHA-1 for the others. */
  readonly digest: Digest;
}

/**
 * Lists a repository with the hub's REST API.
 * @throws FerrumError `NotFound`, `Auth` (gated or private), `Network`, `InvalidFormat`, `Cancelled`.
 */
export async function listRepository(
  hub: HubSettings,
  reference: HubReference,
  signal: AbortSignal,
): Promise<HubListing> {
  const url = `${hub.endpoint}/api/models/${reference.repository}/revision/${encodeURIComponent(reference.revision ?? 'main')}?blobs=true`;
  const text = await retryTransient(
    async () => {
      const response = await httpGet({ url, token: hub.token, signal });
      if (response.status === 200)
        return await readText(response, listingLimitBytes, `The file list of ${label(reference)}`);
      response.close();
      throw (
        hubStatusError(hub, reference, response.status, response.headers) ??
        transientError(`${url} answered ${response.status}.`)
      );
    },
    { signal, what: `Listing ${label(reference)}` },
  );
  return parseListing(reference, text);
}

/** Where a file of a commit is downloaded from. */
export function fileUrl(hub: HubSettings, repository: string, commit: string, file: string): string {
  return `${hub.endpoint}/${repository}/resolve/${commit}/${file.split('/').map(encodeURIComponent).join('/')}`;
}

/** Explains a 4xx answer of the hub; undefined for what may pass. */
export function hubStatusError(
  hub: HubSettings,
  reference: HubReference,
  status: number,
  headers: Headers,
): FerrumError | undefined {
  const details = { repository: reference.repository, status };
  // The hub hides private repositories: without a token that may see it, a missing one answers 401 too.
  const hubCode = headers.get('x-error-code');
  if (status === 404 || hubCode === 'RepoNotFound' || hubCode === 'RevisionNotFound' || hubCode === 'EntryNotFound') {
    return new FerrumError(
      'NotFound',
      `${label(reference)} was not found at ${hub.endpoint} (${hubCode ?? status}). Check the spelling; if it is private, set HF_TOKEN.`,
      { details },
    );
  }
  if (status === 401 || status === 403) {
    const advice =
      hub.token === undefined
        ? 'set HF_TOKEN to an access token of an account that may read it'
        : 'the account of HF_TOKEN may not read it';
    return new FerrumError(
      'Auth',
      `${label(reference)} is gated or private: accept its terms at ${hub.endpoint}/${reference.repository}; ${advice}.`,
      { details },
    );
  }
  if (status >= 500 || status === 429 || status === 408) return undefined;
  return new FerrumError('Network', `${hub.endpoint} answered ${status} for ${label(reference)}.`, { details });
}

const listingLimitBytes = 32 * 1024 * 1024;
const sha1 = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/));
const sizeBytes = v.pipe(wholeNumber, v.minValue(0));

const listingSchema = v.object({
  sha: sha1,
  siblings: v.array(
    v.object({
      rfilename: v.string(),
      size: v.optional(sizeBytes),
      blobId: v.optional(sha1),
      lfs: v.nullish(v.object({ sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)), size: sizeBytes })),
    }),
  ),
});

function parseListing(reference: HubReference, text: string): HubListing {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw malformed(reference, 'it is not JSON', cause);
  }
  const listing = v.safeParse(listingSchema, json, { abortEarly: true });
  if (!listing.success) {
    const { field, message } = describeIssue(listing.issues);
    throw malformed(reference, `${field || 'it'}: ${message}`);
  }
  const files = listing.output.siblings.flatMap(({ rfilename: name, size, blobId, lfs }): readonly HubFile[] => {
    // A name that could leave the cache folder is not offered for download at all.
    if (!isSafeRelativePath(name)) return [];
    if (lfs) return [{ name, sizeBytes: lfs.size, digest: { algorithm: 'sha256', value: lfs.sha256 } }];
    if (blobId === undefined || size === undefined)
      throw malformed(reference, `it has no object id and size for ${name}`);
    return [{ name, sizeBytes: size, digest: { algorithm: 'git-sha1', value: blobId, sizeBytes: size } }];
  });
  return { commit: listing.output.sha, files };
}

function malformed(reference: HubReference, reason: string, cause?: unknown): FerrumError {
  return new FerrumError('InvalidFormat', `The hub's file list of ${label(reference)} cannot be used: ${reason}.`, {
    ...(cause === undefined ? {} : { cause }),
  });
}

function label(reference: HubReference): string {
  return `hf:${reference.repository}${reference.revision === undefined ? '' : `@${reference.revision}`}`;
}
