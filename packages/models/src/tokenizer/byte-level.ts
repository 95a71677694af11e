/** The text of byte-level BPE: a character for each byte of UTF-8. */
export function byteLevelText(text: string): string {
  const bytes = utf8.encode(text);
  const codes = new Uint16Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) codes[at] = codeOfByte[bytes[at] ?? 0] ?? 0;
  let written = '';
  // A call takes only so many values.
  for (let at = 0; at < codes.length; at += 8192) written += String.fromCharCode(...codes.subarray(at, at + 8192));
  return written;
}

/** What a token of byte-level BPE covers; undefined when a character stands for no byte: such a token is its own text. */
export function byteLevelBytes(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let index = 0; index < token.length; index++) {
    const byte = byteOfCode[token.charCodeAt(index)] ?? -1;
    if (byte < 0) return undefined;
    bytes[index] = byte;
  }
  return bytes;
}

/** GPT-2's alphabet, by byte: printable bytes stand for themselves, the others for the characters from U+0100 on. */
const codeOfByte: Uint16Array = (() => {
  const isPrintable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let next = 0x100;
  return Uint16Array.from({ length: 256 }, (_, byte) => (isPrintable(byte) ? byte : next++));
})();

/** -1 for a character that stands for no byte. */
const byteOfCode = new Int16Array(0x200).fill(-1);
for (const [byte, code] of codeOfByte.entries()) byteOfCode[code] = byte;

/** The characters that stand for bytes, in the order of the bytes. */
export const byteLevelCharacters: readonly string[] = Array.from(codeOfByte, (code) => String.fromCharCode(code));

const utf8 = new TextEncoder();
