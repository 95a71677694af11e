import { FerrumError } from '@ferrum/registry/errors';
import type { HomeVariable } from '../cache/file-system-error.js';
import type { Digest } from './digest.js';
import { type HttpResponse, httpGet, transientError } from './http-request.js';
import { PartialFile } from './partial-file.js';
import { retryTransient } from './retry.js';

export interface FileDownload {
  readonly url: string;
  readonly token?: string | undefined;
  /** Where the bytes are collected; it may hold the beginning already. The caller renames it when it is whole. */
  readonly partialPath: string;
  readonly sizeBytes?: number | undefined;
  readonly digest?: Digest | undefined;
  readonly signal: AbortSignal;
  readonly variable?: HomeVariable;
  /** Bytes so far and in all. */
  readonly onBytes: (completed: number, total: number | undefined) => void;
  /** Turns a 4xx answer into a better error than the general one. */
  readonly explainStatus?: (status: number, headers: Headers) => FerrumError | undefined;
}

export interface DownloadedFile {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/**
 * Downloads one file, going on where an earlier attempt, or an earlier process, stopped. Broken connections and busy
 * servers are tried again.
 * @throws FerrumError `Network`, `NotFound`, `InvalidFormat` (wrong size or checksum: the bytes are deleted),
 * `ResourceExhausted`, `PermissionDenied`, `Cancelled` (the bytes are kept).
 */
export async function downloadFile(download: FileDownload): Promise<DownloadedFile> {
  const partial = await PartialFile.open(download.partialPath, download.digest, download.signal, download.variable);
  try {
    await retryTransient(() => transfer(download, partial), {
      signal: download.signal,
      what: `The download of ${download.url}`,
      progress: () => partial.length,
    });
    return { sizeBytes: partial.length, sha256: await partial.finish(download.url) };
  } catch (error) {
    const damaged = FerrumError.isInstance(error) && error.code === 'InvalidFormat';
    await (damaged || partial.length === 0 ? partial.remove() : partial.close());
    throw error;
  }
}

async function transfer(download: FileDownload, partial: PartialFile): Promise<void> {
  if (partial.length > (download.sizeBytes ?? Number.POSITIVE_INFINITY)) await partial.restart();
  // Bytes of an unknown version cannot be continued, unless a checksum will tell.
  if (partial.length > 0 && partial.validator === undefined && download.digest === undefined) await partial.restart();
  if (partial.length > 0 && partial.length === download.sizeBytes && download.digest !== undefined) {
    download.onBytes(partial.length, download.sizeBytes);
    return;
  }
  const offset = partial.length;
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (offset > 0) {
    headers.range = `bytes=${offset}-`;
    if (partial.validator !== undefined) headers['if-range'] = partial.validator;
  }
  const response = await httpGet({ url: download.url, headers, token: download.token, signal: download.signal });
  const total = await prepare(download, partial, response);
  download.onBytes(partial.length, total);
  for await (const chunk of response.body()) {
    if (total !== undefined && partial.length + chunk.length > total) {
      throw new FerrumError('InvalidFormat', `${download.url} is longer than the ${total} bytes it should have.`);
    }
    await partial.write(chunk);
    download.onBytes(partial.length, total);
  }
  if (total !== undefined && partial.length < total) {
    throw transientError(`${download.url} ended after ${partial.length} of ${total} bytes.`);
  }
}

/** Decides from the answer whether the partial file goes on or starts over. @returns the file's whole length, if known. */
async function prepare(
  download: FileDownload,
  partial: PartialFile,
  response: HttpResponse,
): Promise<number | undefined> {
  const { status, headers } = response;
  if (status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
    const total = range?.[2] === '*' ? download.sizeBytes : Number(range?.[2]);
    if (Number(range?.[1]) === partial.length) return checkTotal(download, total);
  }
  if (status === 206 || status === 416) {
    response.close();
    await partial.restart();
    await partial.setValidator(undefined);
    throw transientError(`${download.url} could not be continued where it stopped.`);
  }
  if (status !== 200) {
    response.close();
    throw statusError(download, status, headers);
  }
  if (partial.length > 0) await partial.restart();
  await partial.setValidator(validatorOf(headers));
  const length = headers.get('content-length');
  const encoded = (headers.get('content-encoding') ?? 'identity') !== 'identity';
  return checkTotal(download, length === null || encoded ? download.sizeBytes : Number(length));
}

function checkTotal(download: FileDownload, total: number | undefined): number | undefined {
  if (download.sizeBytes !== undefined && total !== undefined && total !== download.sizeBytes) {
    throw new FerrumError('InvalidFormat', `${download.url} has ${total} bytes, expected ${download.sizeBytes}.`, {
      details: { actual: total, expected: download.sizeBytes },
    });
  }
  return total;
}

/** A weak ETag says nothing about the bytes, so it cannot stand in `If-Range` (RFC 9110 §13.1.5). */
function validatorOf(headers: Headers): string | undefined {
  const etag = headers.get('etag');
  if (etag?.startsWith('"')) return etag;
  return headers.get('last-modified') ?? undefined;
}

function statusError(download: FileDownload, status: number, headers: Headers): FerrumError {
  const explained = download.explainStatus?.(status, headers);
  if (explained !== undefined) return explained;
  if (status >= 500 || status === 429 || status === 408) return transientError(`${download.url} answered ${status}.`);
  const code = status === 404 || status === 410 ? 'NotFound' : status === 401 || status === 403 ? 'Auth' : 'Network';
  return new FerrumError(code, `${download.url} answered ${status}.`, { details: { status } });
}
