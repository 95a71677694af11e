import { badRequest } from './api-error.js';

/** RFC 2397, base64 only. A URL or a path never gets as far as an engine. */
export function decodeDataUrl(url: string, name: string): Uint8Array {
  const data = /^data:(?:[\w.+-]+\/[\w.+-]+)?(?:;[\w.+-]+=[\w.+-]*)*;base64,/i.exec(url)?.[0];
  if (data === undefined) {
    throw badRequest(
      name,
      `\`${name}\` must be a data: URL in base64, e.g. data:image/png;base64,… Nothing is fetched from a URL, and no file is read.`,
    );
  }
  const digits = url.slice(data.length);
  if (digits === '' || digits.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(digits)) {
    throw badRequest(name, `\`${name}\` is a data: URL whose data is not base64.`);
  }
  return Buffer.from(digits, 'base64');
}
