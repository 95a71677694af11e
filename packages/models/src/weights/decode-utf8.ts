import { type Buffer, isUtf8 } from 'node:buffer';

/** Text of bytes `[start, end)`, or undefined when they are not UTF-8. */
export function decodeUtf8(bytes: Buffer, start: number, end: number): string | undefined {
  return isAscii(bytes, start, end) || isUtf8(bytes.subarray(start, end)) ? decodeText(bytes, start, end) : undefined;
}

/** Text of bytes `[start, end)`, which are UTF-8. Fast for the short ASCII strings of vocabularies. */
export function decodeText(bytes: Buffer, start: number, end: number): string {
  return bytes.toString(isAscii(bytes, start, end) ? 'latin1' : 'utf8', start, end);
}

function isAscii(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] ?? 0) > 0x7f) return false;
  return true;
}
