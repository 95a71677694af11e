import { startsLikeCtranslate2 } from './ctranslate2.js';
import { ggufMagic } from './gguf.js';
import { SourceFile } from './source-file.js';

export type SniffedWeights = 'gguf' | 'safetensors' | 'safetensors-index' | 'ctranslate2' | 'unknown';

/** Tells by a file's first bytes what it is; its name does not matter. */
export async function sniffWeights(path: string): Promise<SniffedWeights> {
  const source = await SourceFile.open(path);
  try {
    return sniffBytes(await source.read(0, Math.min(source.byteLength, 64)));
  } finally {
    await source.close();
  }
}

function sniffBytes(head: Uint8Array<ArrayBuffer>): SniffedWeights {
  const view = new DataView(head.buffer);
  if (head.length >= 4 && view.getUint32(0, true) === ggufMagic) return 'gguf';
  // Header lengths have at most 27 bits, so bytes 4–7 are NUL, which JSON text never is: `{` as the first byte of a length
  // (123) cannot be mistaken for an index.
  if (head.length > 8 && view.getUint32(4, true) === 0 && head[8] === 0x7b) return 'safetensors';
  // Here bytes 4 and 5 are a length, from 2 on.
  if (startsLikeCtranslate2(head)) return 'ctranslate2';
  const text = Buffer.from(head).toString('latin1');
  return /^\s*\{/.test(text) && !text.includes('\0') ? 'safetensors-index' : 'unknown';
}
