import { constants, gunzipSync } from 'node:zlib';
import { FerrumError } from '@ferrum/registry/errors';

export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif' | 'svg';

const formats: ReadonlyMap<string, ImageFormat> = new Map([
  ['image/jpeg', 'jpeg'],
  ['image/png', 'png'],
  ['image/apng', 'png'],
  ['image/webp', 'webp'],
  ['image/gif', 'gif'],
  ['image/tiff', 'tiff'],
  ['image/avif', 'avif'],
]);
const readable = 'JPEG, PNG, WebP, GIF, TIFF and AVIF are read';

/**
 * The format by content, whatever a file was called.
 * @throws FerrumError `Unsupported` naming another format, or the option that allows SVG; `InvalidFormat` where none is known.
 */
export async function detectImageFormat(bytes: Uint8Array, allowSvg: boolean): Promise<ImageFormat> {
  const found = await sniff(bytes);
  const format = formats.get(found ?? '');
  if (format) return format;
  const packed = found === 'application/gzip';
  if (isSvg(packed ? unpackStart(bytes) : bytes)) {
    if (allowSvg) return 'svg';
    const what = packed ? 'a compressed SVG' : 'an SVG';
    throw unsupported(`The image is ${what}, which is drawn only with the option allowSvg`, 'image/svg+xml');
  }
  if (found) throw unsupported(`The image is ${found}`, found);
  throw new FerrumError('InvalidFormat', `The image's ${bytes.length} bytes are in no known format; ${readable}.`);
}

async function sniff(bytes: Uint8Array): Promise<string | undefined> {
  const { fileTypeFromBuffer } = await import('file-type');
  // It may throw where a header promises more than there is.
  return (await fileTypeFromBuffer(bytes).catch(() => undefined))?.mime;
}

function unsupported(what: string, format: string): FerrumError {
  return new FerrumError('Unsupported', `${what}; ${readable}.`, { details: { format } });
}

const searchedBytes = 65_536;

/** Whether the first tag is `svg`, after declarations, comments and a document type. */
function isSvg(bytes: Uint8Array): boolean {
  let text = decodeText(bytes.subarray(0, searchedBytes)).trimStart();
  while (text.startsWith('<?') || text.startsWith('<!')) {
    const end = markupEnd(text);
    if (end === 0) return false;
    text = text.slice(end).trimStart();
  }
  return /^<(?:\w+:)?svg[\s>/]/i.test(text);
}

/** 0 where it has none. */
function markupEnd(text: string): number {
  if (text.startsWith('<!--')) return after(text, '-->', 4);
  if (text.startsWith('<?')) return after(text, '?>', 2);
  const subset = /^[^[>]*\[/.exec(text)?.[0].length ?? 0;
  const subsetEnd = subset && after(text, ']', subset);
  return subset && !subsetEnd ? 0 : after(text, '>', subsetEnd);
}

function after(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? 0 : at + mark.length;
}

function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const isWide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return new TextDecoder(isWide ? `utf-16${first === 0xff ? 'le' : 'be'}` : 'utf-8').decode(bytes);
}

/** The first bytes of what is compressed; a small part of it is looked at, so that it cannot swell much. */
function unpackStart(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes.subarray(0, 4096), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return new Uint8Array();
  }
}
