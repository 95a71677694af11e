import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { ImageInput } from '@ferrum/interfaces';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';

export interface ReadImageOptions {
  /** Of the image file. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The bytes of an image: as they are, or of a `data:` URL, else of the file at that path, else of bare base64 (either
 * alphabet, padded or not, white space allowed). Devices, pipes and what is larger than the limit are not read.
 * @throws FerrumError `NotFound` for a string that is neither; `RequestValidation` for another input, a bad data URL, a
 * folder, an empty or too large image; `PermissionDenied`, `IO`, `Cancelled`.
 */
export async function readImageBytes(input: ImageInput, options: ReadImageOptions): Promise<Uint8Array> {
  const { maxBytes, signal } = options;
  throwIfAborted(signal, 'Reading the image');
  const bytes = typeof input === 'string' ? await readText(input, options) : input;
  if (!(bytes instanceof Uint8Array)) {
    throw invalid(`An image is a Uint8Array or a string, not ${input === null ? 'null' : typeof input}.`);
  }
  if (bytes.length === 0) throw invalid('The image is empty.');
  checkSize(bytes.length, maxBytes);
  return bytes;
}

async function readText(text: string, options: ReadImageOptions): Promise<Uint8Array> {
  if (/^data:/i.test(text)) return decodeDataUrl(text, options.maxBytes);
  const file = await readFileAt(text, options);
  if (file) return file;
  const bytes = decodeBase64(text, options.maxBytes);
  if (bytes && (bytes.length >= smallestImageBytes || text === '')) return bytes;
  const hint = /^\w+:\/\//.test(text) ? ' Nothing is fetched from a URL: hand over the bytes.' : '';
  throw new FerrumError('NotFound', `There is no file ${shown(text)}, and it is not an image in base64 either.${hint}`);
}

/** A GIF of one pixel has more; so a short name of a missing file is not taken for base64. */
const smallestImageBytes = 24;

/** RFC 2397. */
function decodeDataUrl(url: string, maxBytes: number): Uint8Array {
  const comma = url.indexOf(',');
  if (comma < 0) throw invalid(`The data URL ${shown(url)} has no comma between its type and its data.`);
  // Three characters for each byte at most.
  checkSize(Math.ceil((url.length - comma - 1) / 3), maxBytes);
  const data = url.slice(comma + 1);
  if (/%(?![0-9a-f]{2})/i.test(data))
    throw invalid(`The data URL ${shown(url)} has a % that no two hex digits follow.`);
  if (!/;\s*base64\s*$/i.test(url.slice(0, comma))) return percentDecode(data);
  const bytes = decodeBase64(data.includes('%') ? percentDecode(data).toString('latin1') : data, maxBytes);
  if (!bytes) throw invalid(`The data URL ${shown(url)} says base64, but its data is not.`);
  return bytes;
}

function percentDecode(text: string): Buffer {
  const utf8 = Buffer.from(text).toString('latin1');
  const decoded = utf8.replace(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  return Buffer.from(decoded, 'latin1');
}

/** Undefined for what is not base64. RFC 4648, both alphabets. */
function decodeBase64(text: string, maxBytes: number): Uint8Array | undefined {
  const digits = text.replace(/\s+/g, '').replace(/={1,2}$/, '');
  if (digits.length % 4 === 1 || !/^[\w+/-]*$/.test(digits)) return undefined;
  checkSize(Math.floor((digits.length * 3) / 4), maxBytes);
  return Buffer.from(digits, 'base64');
}

/** Undefined where there is nothing at the path. */
async function readFileAt(path: string, { maxBytes, signal }: ReadImageOptions): Promise<Uint8Array | undefined> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw invalid(`${shown(path)} is a folder; give the path of an image file.`);
    if (!found.isFile())
      throw invalid(`${shown(path)} is a device, a pipe or a socket; give the path of an image file.`);
    if (found.size === 0) throw invalid(`The image file ${shown(path)} is empty.`);
    checkSize(found.size, maxBytes);
    // Not blocking, in case a pipe has come in its place meanwhile; the flag is unknown to Windows.
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      return await readAll(handle, found.size, signal);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const failure = fileFailure(path, error);
    if (failure) throw failure;
    return undefined;
  }
}

const pieceBytes = 4 * 1024 * 1024;

/** At most that many bytes, should the file have grown. */
async function readAll(handle: FileHandle, size: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    throwIfAborted(signal, 'Reading the image');
    const { bytesRead } = await handle.read(bytes, length, Math.min(pieceBytes, size - length), length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}

/** Undefined where the string names nothing, or can't be a path at all. */
function fileFailure(path: string, cause: unknown): FerrumError | undefined {
  if (FerrumError.isInstance(cause)) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE'].includes(code)) return undefined;
  if (code === 'EACCES' || code === 'EPERM') {
    return new FerrumError('PermissionDenied', `The image file ${shown(path)} may not be read (${code}).`, { cause });
  }
  return new FerrumError('IO', `The image file ${shown(path)} cannot be read (${code || String(cause)}).`, { cause });
}

function checkSize(length: number, maxBytes: number): void {
  if (length <= maxBytes) return;
  const message = `The image has ${length} bytes, more than the ${maxBytes} of the option maxImageBytes.`;
  throw new FerrumError('RequestValidation', message, { details: { bytes: length, limit: maxBytes } });
}

function invalid(message: string): FerrumError {
  return new FerrumError('RequestValidation', message, { details: { field: 'image' } });
}

/** Of what may be megabytes, enough to recognise it. */
function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
